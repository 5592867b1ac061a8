"""A picture that a model drew, to be specialised by whoever keeps pictures (Mendix: `GeneratedImage`)."""

from django.db import models

from connector.models import pictures, storing


def upload_to(image: "AbstractGeneratedImage", name: str) -> str:
    return f"{image.folder()}/{name}"


class AbstractGeneratedImage(models.Model):
    """The file and, where the provider rewrote the prompt, what it made of it.

    class Portrait(AbstractGeneratedImage):
        person = models.ForeignKey(Person, on_delete=models.CASCADE)

    activities.generate_image(configuration, "A lighthouse", output=Portrait(person=person))
    """

    image = models.ImageField(upload_to=upload_to, blank=True)
    revised_prompt = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.image.name or "no picture"

    def folder(self) -> str:
        """Where in the storage its file is put."""
        return "generated"

    def write(self, content: bytes) -> None:
        """Take the file over; the row is not saved.

        Raises `errors.NotAPicture` for bytes that do not decode as PNG, JPEG, WebP or GIF, `errors.NotStored` when
        there is no room. Takes a moment for a large one, so call it in a thread.
        """
        found = pictures.examined(content)
        storing.store(self.image, content, found.suffix, "picture")
