using FsCheck;
using FsCheck.Fluent;

namespace Optim.Laws;

/// <summary>Generators from a <see cref="Draw"/>: one seed per case, so that large cases cost no more than their elements.</summary>
internal static class Cases
{
    public static Arbitrary<T> Of<T>(Func<Draw, T> make, Func<T, IEnumerable<T>>? shrink = null)
    {
        var cases = Gen.Sized(size => Gen.Choose(int.MinValue, int.MaxValue).Select(seed => make(new Draw(seed, size))));
        return shrink is null ? Arb.From(cases) : Arb.From(cases, shrink);
    }
}
