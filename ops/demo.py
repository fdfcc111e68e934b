"""The demo tenant: customers with paper accounts and two deployments, clearly labelled."""
