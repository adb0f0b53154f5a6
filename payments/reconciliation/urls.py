from django.urls import path

from payments.reconciliation import closing_views, views

app_name = "reconciliation"
urlpatterns = [
    path("reconciliation/", views.overview_page, name="overview"),
    path("reconciliation/begin/", views.begin, name="begin"),
    path("reconciliation/cancel/", views.cancel, name="cancel"),
    path("reconciliation/not-checked/", views.not_checked_page, name="not_checked"),
    path("reconciliation/breaks/<int:break_id>/", views.break_page, name="break"),
    path("reconciliation/breaks/<int:break_id>/take/", views.take, name="take"),
    path("reconciliation/breaks/<int:break_id>/give-back/", views.give_back, name="give_back"),
    path("reconciliation/breaks/<int:break_id>/explain/", views.explain_page, name="explain"),
    path("day-close/", closing_views.days_page, name="days"),
    path("day-close/sign/", closing_views.sign_page, name="sign"),
    path("day-close/closes/<int:close_id>/", closing_views.close_page, name="close"),
    path("reconciliation/bookings/", closing_views.bookings_page, name="bookings"),
]
