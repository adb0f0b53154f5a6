from django.urls import path

from payments.accounts.statements import views

app_name = "statements"
urlpatterns = [
    path("unexplained/", views.unexplained_page, name="unexplained"),
    path("of/<ref:customer_ref>/", views.transactions_page, name="transactions"),
    path("of/<ref:customer_ref>/statement/", views.statement_page, name="statement"),
    path("of/<ref:customer_ref>/statement/file/", views.export, name="export"),
]
