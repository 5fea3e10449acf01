using Optim.Properties.Checking;
using Optim.Tuning;
using Xunit;

namespace Optim.Properties.Tuning;

public class SearchSpaceTests
{
    internal static SearchSpace Usual { get; } = SearchSpace.Of(
        SearchParameter.Categorical("optimizer", "adam", "sgd", "lion"),
        SearchParameter.LogUniform("rate", 1e-5, 1),
        SearchParameter.Uniform("beta", 0.5, 0.999).When("optimizer", "adam", "lion"),
        SearchParameter.Integer("width", 3, 12),
        SearchParameter.Integer("batch", 1, 4096, logarithmic: true),
        SearchParameter.Categorical("schedule", "constant", "step").When("optimizer", "adam"),
        SearchParameter.Uniform("share", 0, 1).When("schedule", "step"));

    [Theory]
    [InlineData("rate must have finite bounds, the low one no higher than the high one, had 2 and 1.", 2.0, 1.0, false)]
    [InlineData("rate must have finite bounds, the low one no higher than the high one, had NaN and 1.", double.NaN, 1.0, false)]
    [InlineData("rate must have finite bounds, the low one no higher than the high one, had 0 and Infinity.", 0.0, double.PositiveInfinity, true)]
    [InlineData("rate is logarithmic: its low bound must be more than 0, was 0.", 0.0, 1.0, true)]
    public void A_wrong_range_is_refused(string message, double low, double high, bool logarithmic) => Refused.With<ArgumentException>(
        message, () => logarithmic ? SearchParameter.LogUniform("rate", low, high) : SearchParameter.Uniform("rate", low, high));

    [Fact]
    public void A_wrong_parameter_is_refused()
    {
        Refused.With<ArgumentException>("width is logarithmic: its low bound must be 1 or more, was 0.", () => SearchParameter.Integer("width", 0, 9, logarithmic: true));
        Refused.With<ArgumentException>("width must have bounds within 2^53 of 0", () => SearchParameter.Integer("width", 0, long.MaxValue));
        Refused.With<ArgumentException>("o must have at least one choice, had none.", () => SearchParameter.Categorical("o"));
        Refused.With<ArgumentException>("o must have each choice once, 'a' occurs twice.", () => SearchParameter.Categorical("o", "a", "b", "a"));
        Refused.With<ArgumentException>("A condition on 'o' must name at least one choice", () => SearchParameter.Uniform("x", 0, 1).When("o"));
    }

    [Fact]
    public void A_value_lies_between_the_ends_of_its_parameter()
    {
        SearchParameter choice = Usual.Parameters[0], rate = Usual.Parameters[1], width = Usual.Parameters[3], alone = SearchParameter.Categorical("o", "a");
        Assert.Equal([0, 0.5, 1], new[] { "adam", "sgd", "lion" }.Select(name => choice.PositionOf(ParameterValue.OfChoice(name))));
        Assert.Equal(0.5, alone.PositionOf(ParameterValue.OfChoice("a")));
        Assert.Equal([0, 0, 1, 1], new[] { 1e-9, 1e-5, 1, 2 }.Select(value => rate.PositionOf(ParameterValue.Of(value))));
        Assert.Equal(0.6, rate.PositionOf(ParameterValue.Of(1e-2)), 12);
        Assert.Equal(0.5, width.PositionOf(ParameterValue.Of(7.5)), 12);
        Refused.With<ArgumentException>("optimizer must be one of adam, sgd, lion, was 3.", () => choice.PositionOf(ParameterValue.Of(3)));
        Refused.With<ArgumentException>("rate must be a number, was adam.", () => rate.PositionOf(ParameterValue.OfChoice("adam")));
    }

    [Fact]
    public void A_space_that_contradicts_itself_is_refused()
    {
        var choice = SearchParameter.Categorical("o", "a", "b");
        var number = SearchParameter.Uniform("x", 0, 1);
        Refused.With<ArgumentException>("A search space must have at least one parameter", () => SearchSpace.Of());
        Refused.With<ArgumentException>("A search space must have each name once, 'x' occurs twice.", () => SearchSpace.Of(number, number));
        Refused.With<ArgumentException>("must name a categorical parameter that stands before it, was 'o'.", () => SearchSpace.Of(number.When("o", "a"), choice));
        Refused.With<ArgumentException>("must name a categorical parameter that stands before it, was 'x'.", () => SearchSpace.Of(number, SearchParameter.Uniform("y", 0, 1).When("x", "a")));
        Refused.With<ArgumentException>("must name choices of 'o' (a, b), was 'c'.", () => SearchSpace.Of(choice, number.When("o", "a", "c")));
    }

    [Fact]
    public void An_assignment_has_the_values_that_have_a_meaning_and_no_other()
    {
        var values = new Dictionary<string, ParameterValue>
        {
            ["optimizer"] = ParameterValue.OfChoice("sgd"), ["rate"] = ParameterValue.Of(0.1), ["width"] = ParameterValue.Of(3), ["batch"] = ParameterValue.Of(32),
        };
        var assignment = Usual.Assign(values);
        Assert.Equal("optimizer sgd, rate 0.1, width 3, batch 32", assignment.ToString());
        Assert.Equal(assignment, Usual.Assign(values));
        Assert.Equal((32, 0.1, "sgd"), (assignment.Integer("batch"), assignment.Number("rate"), assignment.Choice("optimizer")));
        Assert.False(assignment.Has("beta"));
        Refused.With<KeyNotFoundException>("The assignment has no 'beta'; it has: optimizer, rate, width, batch.", () => assignment.Number("beta"));
        Refused.With<ArgumentException>("optimizer must be a number, is the choice 'sgd'.", () => assignment.Number("optimizer"));
        Refused.With<ArgumentException>("rate must be a choice, is the number 0.1.", () => assignment.Choice("rate"));
        Refused.With<ArgumentException>("rate must be a whole number, is 0.1.", () => assignment.Integer("rate"));
        Refused.With<ArgumentException>("beta has a value, but is active only when optimizer is adam or lion.", () => Usual.Assign(new Dictionary<string, ParameterValue>(values) { ["beta"] = ParameterValue.Of(0.9) }));
        Refused.With<ArgumentException>("rate must be number from 1E-05 to 1, logarithmic, was 2.", () => Usual.Assign(new Dictionary<string, ParameterValue>(values) { ["rate"] = ParameterValue.Of(2) }));
        Refused.With<ArgumentException>("width must be integer from 3 to 12, was 3.5.", () => Usual.Assign(new Dictionary<string, ParameterValue>(values) { ["width"] = ParameterValue.Of(3.5) }));
        Refused.With<ArgumentException>("optimizer must be one of adam, sgd, lion, was lbfgs.", () => Usual.Assign(new Dictionary<string, ParameterValue>(values) { ["optimizer"] = ParameterValue.OfChoice("lbfgs") }));
        Refused.With<ArgumentException>("The space has no parameter 'x'; it has: optimizer, ", () => Usual.Assign(new Dictionary<string, ParameterValue>(values) { ["x"] = ParameterValue.Of(2) }));
        values.Remove("rate");
        Refused.With<ArgumentException>("rate must have a value, has none.", () => Usual.Assign(values));
    }

    [Fact]
    public void Spaces_are_equal_if_their_parameters_are()
    {
        static SearchSpace Space(double high) => SearchSpace.Of(SearchParameter.Categorical("o", "a", "b"), SearchParameter.Uniform("x", 0, high).When("o", "b"));
        Assert.Equal(Space(1), Space(1));
        Assert.Equal(Space(1).GetHashCode(), Space(1).GetHashCode());
        Assert.NotEqual(Space(1), Space(2));
        Assert.Equal("o: one of a, b\nx: number from 0 to 1, when o is b", Space(1).ToString());
    }
}
