from django.apps import AppConfig


class Project(AppConfig):
    name = "samspil.project"
    label = "project"

    def ready(self) -> None:
        """Put the journey and the ports in place once every package is there."""
        from samspil import flow
        from samspil.base import flow as runner
        from samspil.base import live
        from samspil.project import ports

        runner.install(together=flow.TOGETHER, later=flow.LATER, others=tuple(flow.SIGNALS))
        live.install(flow.SIGNALS)
        ports.fill()
