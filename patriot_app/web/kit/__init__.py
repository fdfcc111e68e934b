"""The console kit: components take vars and handlers, never a State class."""

from patriot_app.web.kit.bulk_bar import bulk_bar
from patriot_app.web.kit.button import button
from patriot_app.web.kit.confirm_dialog import confirm_dialog
from patriot_app.web.kit.data_table import Column, Selection, data_table, two_lines
from patriot_app.web.kit.description_list import (
    change_list,
    copy_button,
    description_list,
    pair_list,
)
from patriot_app.web.kit.detail_drawer import detail_drawer
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.kit.empty_state import empty_state
from patriot_app.web.kit.equity_chart import Plot, equity_chart, plot
from patriot_app.web.kit.filter_bar import Filter, filter_bar
from patriot_app.web.kit.form_dialog import form_dialog, form_problem
from patriot_app.web.kit.form_field import Field, fields_of, form_field
from patriot_app.web.kit.heat_map import Heat, HeatCell, HeatRow, heat_map, heat_of
from patriot_app.web.kit.layout import (
    card,
    layout,
    notice,
    page_head,
    progress_bar,
    shown_if,
    tabs,
)
from patriot_app.web.kit.lines_chart import Lines, lines, lines_chart
from patriot_app.web.kit.listing import listing
from patriot_app.web.kit.money_cell import amount_cell, money_cell
from patriot_app.web.kit.pagination import pagination
from patriot_app.web.kit.plain_form import plain_form
from patriot_app.web.kit.rows import Choice, Share, TimelineEntry, Toast
from patriot_app.web.kit.secret_field import secret_field, secret_form
from patriot_app.web.kit.stat_card import stat_card
from patriot_app.web.kit.status_badge import badge, status_badge
from patriot_app.web.kit.time_cell import exact_time, time_cell
from patriot_app.web.kit.timeline import timeline
from patriot_app.web.kit.toast import toast_region

__all__ = [
    "Choice",
    "Column",
    "Field",
    "Filter",
    "Heat",
    "HeatCell",
    "HeatRow",
    "Lines",
    "Plot",
    "Selection",
    "Share",
    "TimelineEntry",
    "Toast",
    "amount_cell",
    "badge",
    "bulk_bar",
    "button",
    "card",
    "change_list",
    "confirm_dialog",
    "copy_button",
    "data_table",
    "description_list",
    "detail_drawer",
    "dialog_frame",
    "empty_state",
    "equity_chart",
    "exact_time",
    "fields_of",
    "filter_bar",
    "form_dialog",
    "form_field",
    "form_problem",
    "heat_map",
    "heat_of",
    "layout",
    "lines",
    "lines_chart",
    "listing",
    "money_cell",
    "notice",
    "page_head",
    "pagination",
    "pair_list",
    "plain_form",
    "plot",
    "progress_bar",
    "secret_field",
    "secret_form",
    "shown_if",
    "stat_card",
    "status_badge",
    "tabs",
    "time_cell",
    "timeline",
    "toast_region",
    "two_lines",
]
