"""Questions about past answers and how they fared."""
