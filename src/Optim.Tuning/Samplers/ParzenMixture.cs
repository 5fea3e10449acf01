using Optim.Lanes;

namespace Optim.Tuning;

/// <summary>The density of some assignments: a kernel around each plus a uniform one, equally weighted. See <see cref="TpeSampler"/>.</summary>
internal sealed class ParzenMixture
{
    // Of the range: as multivariate estimators of its kind begin with. No narrower than a hundredth, or a lucky trial would be tried again and again.
    private const double WidestDeviation = 0.2, NarrowestDeviation = 0.01;

    private readonly SearchSpace space;
    private readonly IReadOnlyList<Assignment> centres;
    private readonly double deviation;

    public ParzenMixture(SearchSpace space, IReadOnlyList<Assignment> centres)
    {
        this.space = space;
        this.centres = centres;
        double scott = centres.Count == 0 ? 1 : Exact.Power(centres.Count, -1.0 / (space.Parameters.Count + 4));
        deviation = Math.Max(WidestDeviation * scott, NarrowestDeviation);
    }

    /// <summary>Samples an assignment from the density.</summary>
    public Assignment Draw(Draws draws)
    {
        int chosen = draws.Below(centres.Count + 1);
        return chosen == centres.Count
            ? space.Walk(draws.Any)
            : space.Walk(parameter => centres[chosen].Find(parameter.Name) is { } centre ? Draw(parameter, centre, draws) : draws.Any(parameter));
    }

    /// <summary>The density at an assignment, relative to the uniform one.</summary>
    public double Density(Assignment point)
    {
        double sum = 1;
        foreach (var centre in centres)
        {
            double product = 1;
            foreach (var (name, value) in point)
            {
                product *= centre.Find(name) is { } own ? Density(space.Find(name)!, own, value) : 1;
            }

            sum += product;
        }

        return sum / (centres.Count + 1);
    }

    private ParameterValue Draw(SearchParameter parameter, ParameterValue centre, Draws draws)
    {
        if (parameter is NumberParameter number)
        {
            return ParameterValue.Of(number.At(Triweight.Draw(number.PositionOf(centre.Number), deviation, draws.Next())));
        }

        var choices = ((ChoiceParameter)parameter).Choices;
        return draws.Next() < OtherChoice * choices.Count / Choices(choices.Count) ? draws.Any(parameter) : centre;
    }

    private double Density(SearchParameter parameter, ParameterValue centre, ParameterValue value)
    {
        if (parameter is NumberParameter number)
        {
            return Triweight.Density(number.PositionOf(centre.Number), deviation, number.PositionOf(value.Number));
        }

        int count = ((ChoiceParameter)parameter).Choices.Count;
        return count * ((value == centre ? 1 : 0) + OtherChoice) / Choices(count);
    }

    /// <summary>The unnormalized weight of a choice in the kernel of another.</summary>
    private double OtherChoice => 1.0 / centres.Count;

    private double Choices(int count) => 1 + (count * OtherChoice);
}
