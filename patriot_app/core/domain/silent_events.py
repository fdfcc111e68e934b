"""Facts that nobody is told of, each with the reason; they stand in the record and on the pages.

Every kind of event has a rule (`notifications.py`) or stands here, never both: whoever adds one
decides who hears of it.
"""

_BY_REASON: dict[str, tuple[str, ...]] = {
    "its person did it a moment ago and sees it": (
        *("RegistrationCodeIssued", "RegistrationCodeUsed", "TermsAgreed", "UserRegistered"),
        *("SignedIn", "SignedOut", "SteppedUp", "SessionsEnded", "RecoveryCodesRenewed"),
        *("TokensIssued", "TokenFamilyEnded", "ApiKeyRevoked", "NotificationSettingsChanged"),
        *("TelegramLinkOffered", "TelegramLinkClaimed", "TelegramLinkDeclined"),
        *("TelegramSignInAllowed", "ChatSecretDeleted", "AllocationChangeWithdrawn"),
        *("ReportSubscribed", "ReportUnsubscribed", "CredentialSubmitted"),
        *("ReferralCodeIssued", "ReferralRecorded"),
    ),
    "the letter with the link is the news": ("InvitationSent", "PasswordLinkSent"),
    "daily work of the desk, done by who sees the page": (
        *("AccountAddressAssigned", "AccountOpened", "AccountUnlinked", "AccountUnparked"),
        *("InvitationRevoked", "ClientNoteAdded", "OffBoardingAdvanced", "TicketAssigned"),
        *("TicketReopened", "DiscrepancyDecided", "OrderDecided", "PartialCloseDecided"),
        *("StrategyCreated", "StrategyVersionAdded", "DeploymentCreated", "LimitSet"),
        *("DeploymentAccountsChanged", "DeploymentStatusChanged", "DeploymentVersionSwitched"),
        *("BenchmarkImported", "InstrumentSwitched", "ComplianceReportMade", "DeliveryRetried"),
        *("LedgerTypeClassified", "LedgerGapAccepted", "RegulatoryExportMade"),
        *("RiskBreachAcknowledged", "HaltClearingRetried", "MaintenanceChanged"),
        *("MaintenanceWithdrawn", "MaintenanceEndAsked"),
        *("WebhookSecretRotated", "WebhookStatusChanged", "WebhookTested"),
    ),
    "it waits under Approvals, which counts it": (
        *("ProposalMade", "ProposalDecided", "RolesChanged", "AuditAccessGiven"),
    ),
    "the month's close shows it, and its invoice tells the client": (
        *("FeePeriodClosed", "FeePeriodFinalised", "FeePeriodHeld", "InvoiceIssued"),
        *("PaymentRecorded", "CreditNoteIssued", "InvoiceWrittenOff", "HighWaterMarkReset"),
        *("MandateSigned", "MandateTermsChanged", "MandateRateChanged", "MandateEnded"),
        *("AccountValued", "AccountLeftMandate", "FeeShareAgreed", "FeeShareEnded"),
        *("PartnerCredited",),
    ),
    "an incident pages its own contacts": (
        *("IncidentOpened", "IncidentPaged", "IncidentAcknowledged", "IncidentMitigated"),
        *("IncidentWritten", "IncidentClosed", "ContactSet", "ContactRemoved"),
    ),
    "a step of trading as it is meant to be": (
        *("SignalRecorded", "ImpactEstimated", "OrdersPlanned", "OrderPlanned", "OrderAnswered"),
        *("OrderReported", "OrderAmended", "OrderVoided", "OrderProvedAbsent"),
        *("OrderExpiredUnseen", "EntryExpiresSoon", "EntryWithdrawn", "FillRecorded"),
        *("ForeignFillRecorded", "PositionProtected", "PositionClosed", "ProtectionChanged"),
        *("StopMoved", "LeverageSet", "MaintenanceBegan", "MaintenanceExitDecided"),
        *("RebalancingBegun", "RebalancingDone"),
    ),
    "the machinery's own steps": (
        *("CommandIssued", "CommandCompleted", "ShardTaken", "InstrumentsRefreshed"),
        *("AccountSynced", "AccountReady", "AccountNotReady", "AccountStatusChanged"),
        *("CredentialChecked", "ExternalFlowSeen", "TradingKeyRotated", "TradingKeyRetired"),
    ),
    "another fact tells of all of them in one message": (
        *("RiskBreachFound", "RiskBreachResolved", "DiscrepancyResolved", "LockdownNoted"),
    ),
    "counted and shown under Sign-ins, where a flood is seen better than heard": (
        *("SignInFailed", "AttemptRefused"),
    ),
}

SILENT: dict[str, str] = {
    event: reason for reason, events in _BY_REASON.items() for event in events
}
"""By kind of event: why nobody is told."""
