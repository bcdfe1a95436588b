"""An envelope of whose person nothing is kept has a state of its own. No statement: the column is text."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_handle_name_inside")]

    operations = [
        migrations.AlterField(
            model_name="envelope",
            name="state",
            field=models.CharField(
                choices=[
                    ("arrived", "Arrived"),
                    ("understood", "Understood"),
                    ("empty", "Empty"),
                    ("not_understood", "Not Understood"),
                    ("quarantined", "Quarantined"),
                    ("forgotten", "Forgotten"),
                ],
                default="arrived",
                max_length=16,
            ),
        ),
    ]
