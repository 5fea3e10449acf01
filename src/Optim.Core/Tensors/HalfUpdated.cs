namespace Optim.Tensors;

/// <summary>What memory says of which half is from before a step and half from after.</summary>
internal static class HalfUpdated
{
    public static InvalidOperationException Error() => new(
        "A step in this state's memory threw after it had written, and left it half updated. Continue from an earlier state or a checkpoint; a step of a state that is not donated leaves it as it was, whatever is thrown.");
}
