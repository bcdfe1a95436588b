"""Addresses of this screen."""

from django.urls import path

from samspil.screens.people.views import attributes, consumer, files, joining, known, lists, parting

urlpatterns = [
    path("", lists.consumers, name="consumers"),
    path("<uuid:ident>/", consumer.consumer, name="consumer"),
    path("<uuid:ident>/timeline/", consumer.strip, name="timeline"),
    path("<uuid:ident>/name/", joining.rename, name="rename_consumer"),
    path("<uuid:ident>/name/undo/", joining.name_again, name="rename_undo"),
    path("<uuid:ident>/merge/", joining.merge, name="merge"),
    path("<uuid:ident>/merge/<uuid:other>/", joining.join, name="join"),
    path("<uuid:ident>/split/", parting.split, name="split_person"),
    path("<uuid:ident>/move/<uuid:handle>/", parting.move, name="move_handle"),
    path("<uuid:ident>/notes/", known.add_note, name="note_add"),
    path("<uuid:ident>/details/", known.add_detail, name="detail_add"),
    path("<uuid:ident>/details/form/", known.detail_form, name="detail_form"),
    path("<uuid:ident>/files/", files.upload, name="file_add"),
    path("merges/<uuid:merge>/undo/", joining.undo, name="undo_merge"),
    path("links/<uuid:link>/apart/", parting.apart, name="take_apart"),
    path("notes/<uuid:note>/", known.change_note, name="note_change"),
    path("notes/<uuid:note>/delete/", known.delete_note, name="note_delete"),
    path("notes/<uuid:note>/restore/", known.restore_note, name="note_restore"),
    path("details/<uuid:detail>/", known.correct_detail, name="detail_correct"),
    path("details/<uuid:detail>/end/", known.end_detail, name="detail_end"),
    path("details/<uuid:detail>/restore/", known.restore_detail, name="detail_restore"),
    path("files/<uuid:file>/", files.download, name="file_get"),
    path("files/<uuid:file>/delete/", files.delete, name="file_delete"),
    path("files/<uuid:file>/restore/", files.restore, name="file_restore"),
    path("handles/<uuid:handle>/mark/", known.put_mark, name="mark_put"),
    path("handles/<uuid:one>/apart/<uuid:other>/", known.keep_apart, name="keep_apart"),
    path("handles/<uuid:one>/lift/<uuid:other>/", known.lift, name="lift_veto"),
    path("marks/<uuid:mark>/end/", known.end_mark, name="mark_end"),
    path("marks/<uuid:mark>/again/", known.mark_again, name="mark_again"),
    path("attributes/", attributes.attributes, name="attributes"),
    path("attributes/<slug:slug>/", attributes.change, name="attribute_change"),
    path("attributes/<slug:slug>/archive/", attributes.archive, name="attribute_archive"),
    path("attributes/<slug:slug>/shift/", attributes.shift, name="attribute_shift"),
]
