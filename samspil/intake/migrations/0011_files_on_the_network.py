"""Files that lie on their network: what they show, whether they are there, and when they are fetched."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("intake", "0010_shown_and_followers"),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.account'),
        ),
        migrations.AddField(
            model_name='attachment',
            name='alt',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='attachment',
            name='attempts',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='attachment',
            name='claimed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='error',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='attachment',
            name='fetch_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='history',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='attachment',
            name='state',
            field=models.CharField(blank=True, choices=[('', 'Inside'), ('waiting', 'Waiting'), ('there', 'There'), ('gone', 'Gone')], db_default='', default='', max_length=7),
        ),
        migrations.AddField(
            model_name='attachment',
            name='why',
            field=models.CharField(blank=True, choices=[('', 'None'), ('too_large', 'Too Large'), ('unreachable', 'Unreachable'), ('gave_up', 'Gave Up'), ('disconnected', 'Disconnected'), ('unsupported', 'Unsupported')], db_default='', default='', max_length=12),
        ),
    ]
