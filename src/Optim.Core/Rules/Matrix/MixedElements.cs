namespace Optim;

/// <summary>What rules say of themselves whose steps are made of whole matrices.</summary>
internal static class MixedElements
{
    /// <summary>See <see cref="Composition.KeepsProjectionOut"/>.</summary>
    public const string KeepProjectionOut = "its step mixes the elements of a matrix, and what is nearest to where it leads is not the constrained minimum; project behind a rule that goes element by element, as SGD or Adam do";
}
