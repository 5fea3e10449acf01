using Optim.Lanes;

namespace Optim.Tuning;

/// <summary>The random numbers of one trial, in the order in which they are drawn.</summary>
internal sealed class Draws(long seed, int number)
{
    private readonly CounterRandom random = new(seed, number, stream: 0);
    private long drawn;

    /// <summary>Uniform in [0, 1).</summary>
    public double Next() => (random.Symmetric(drawn++) + 1) / 2;

    /// <summary>An integer from 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => Math.Min((int)(Next() * count), count - 1);

    /// <summary>A uniformly distributed value of a parameter.</summary>
    public ParameterValue Any(SearchParameter parameter) => parameter is ChoiceParameter choice
        ? ParameterValue.OfChoice(choice.Choices[Below(choice.Choices.Count)])
        : ParameterValue.Of(((NumberParameter)parameter).At(Next()));
}
