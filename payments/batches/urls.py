from django.urls import path

from payments.batches import views

app_name = "batches"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("upload/", views.upload_page, name="upload"),
    path("template.csv", views.template_file, name="template"),
    path("<ref:batch_ref>/", views.batch_page, name="batch"),
    path("<ref:batch_ref>/book/", views.book, name="book"),
    path("<ref:batch_ref>/cancel/", views.cancel_page, name="cancel"),
    path("<ref:batch_ref>/rows/", views.rows_page, name="rows"),
    path("<ref:batch_ref>/bad-rows.csv", views.bad_rows_file, name="bad_rows"),
    path("<ref:batch_ref>/approve/", views.approve_page, name="approve"),
    path("<ref:batch_ref>/hold-out/<int:line>/", views.hold_out_page, name="hold_out"),
    path("<ref:batch_ref>/take-back-in/<int:line>/", views.take_back_in, name="take_back_in"),
]
