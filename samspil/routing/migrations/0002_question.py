import django.db.models.deletion
from django.db import migrations, models

import samspil.base.ids


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0001_initial'),
        ('routing', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=samspil.base.ids.new_id, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('language', models.CharField(blank=True, default='', max_length=8)),
                ('competence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisation.competence')),
            ],
            options={
                'db_table': 'routing_question',
            },
        ),
    ]
