import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import samspil.base.ids


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0001_initial'),
        ('routing', '0002_question'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='wanted',
            field=models.JSONField(db_default=models.Value([], output_field=models.JSONField()), default=list),
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('grace_minutes', models.PositiveIntegerField(default=60, null=True)),
                ('daily', models.PositiveIntegerField(null=True)),
            ],
            options={
                'db_table': 'routing_policy',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='routing_policy_is_one')],
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.UUIDField(default=samspil.base.ids.new_id, primary_key=True, serialize=False)),
                ('well', models.IntegerField()),
                ('ended', models.IntegerField()),
                ('rate', models.FloatField()),
                ('spread', models.FloatField()),
                ('shift', models.FloatField()),
                ('at', models.DateTimeField()),
                ('colleague', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('competence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisation.competence')),
            ],
            options={
                'db_table': 'routing_record',
                'constraints': [models.UniqueConstraint(fields=('colleague', 'competence'), name='routing_record_once')],
            },
        ),
    ]
