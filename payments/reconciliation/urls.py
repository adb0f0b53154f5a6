from django.urls import path

from payments.reconciliation import closing_views, views

app_name = "reconciliation"
urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("begin/", views.begin, name="begin"),
    path("cancel/", views.cancel, name="cancel"),
    path("not-checked/", views.not_checked_page, name="not_checked"),
    path("breaks/<int:break_id>/", views.break_page, name="break"),
    path("breaks/<int:break_id>/take/", views.take, name="take"),
    path("breaks/<int:break_id>/give-back/", views.give_back, name="give_back"),
    path("breaks/<int:break_id>/explain/", views.explain_page, name="explain"),
    path("days/", closing_views.days_page, name="days"),
    path("days/sign/", closing_views.sign_page, name="sign"),
    path("days/closes/<int:close_id>/", closing_views.close_page, name="close"),
    path("bookings/", closing_views.bookings_page, name="bookings"),
]
