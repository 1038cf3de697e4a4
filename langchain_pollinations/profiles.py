"""What a model can do, from the catalogue in this package, without a request."""

from langchain_core.language_models.model_profile import ModelProfile

from _pollinations.models.known_models import known_model


def profile_of(name: str) -> ModelProfile | None:
    """Describe a model to LangChain's middleware.

    Args:
        name: The gateway's name, alias or canonical id.

    Returns:
        The profile, or None for a model that is not in this package's catalogue.
        `structured_output` is left open, since it differs by the provider of the day, and so is
        `reasoning_output` where a model is not listed for reasoning: it may reason all the same.
    """
    known = known_model(name)
    if known is None:
        return None
    inputs, outputs = known.inputs or (), known.outputs or ()
    profile = ModelProfile(
        name=known.name,
        text_inputs="text" in inputs,
        image_inputs="image" in inputs,
        image_url_inputs="image" in inputs,
        pdf_inputs="file" in inputs,
        audio_inputs="audio" in inputs,
        video_inputs="video" in inputs,
        text_outputs="text" in outputs,
        image_outputs="image" in outputs,
        audio_outputs="audio" in outputs,
        video_outputs="video" in outputs,
        tool_calling=bool(known.tools),
        tool_choice=bool(known.tools),
        image_tool_message="image" in inputs,
    )
    if known.reasoning:
        profile["reasoning_output"] = True
    if known.context is not None:
        profile["max_input_tokens"] = known.context
    return profile
