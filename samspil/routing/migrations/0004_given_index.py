from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('routing', '0003_sharing')]

    operations = [
        AddIndexConcurrently(
            model_name='decision',
            index=models.Index(condition=models.Q(('by__isnull', True)), fields=['colleague', 'at'], name='routing_decision_given'),
        ),
    ]
