using Optim.LinearAlgebra;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.LinearAlgebra;

/// <summary>Which mode of reproducibility Intel MKL is put into.</summary>
public class MklReproducibilityTests
{
    private const int Unset = 1, Auto = 2, Compatible = 3;

    [Fact]
    public void The_fastest_mode_is_taken() => Assert.Equal((new MklReproducibility("AUTO", null), "2"), Chosen(Unset));

    [Theory]
    [InlineData(Auto, "AUTO")]
    [InlineData(Compatible, "COMPATIBLE")]
    [InlineData(12, "AVX512")]
    [InlineData(0x1000a, "AVX2,STRICT")]
    [InlineData(99, "99")]
    public void A_mode_that_was_chosen_before_stays(int mode, string name) => Assert.Equal((new MklReproducibility(name, null), ""), Chosen(mode));

    [Fact]
    public void A_mode_that_is_refused_gives_way_to_the_next_with_the_reason()
    {
        Assert.Equal(
            (new MklReproducibility("COMPATIBLE", "Intel MKL refused its reproducible mode AUTO (error -3)."), "2 3"), Chosen(Unset, (Auto, -3)));
        Assert.Equal(
            (new MklReproducibility("OFF", "Intel MKL refused its reproducible modes (it has computed in this process before): its results may depend on where arrays lie."), "2 3"),
            Chosen(Unset, (Auto, -8), (Compatible, -8)));
    }

    [MklFact]
    public void MKL_takes_the_fastest_mode_or_the_one_that_its_variable_names()
    {
        Assert.Equal("AUTO", MklLibraryTests.Printed(["mkl-mode"], (MklReproducibility.Variable, ""))["mode"]);
        Assert.Equal("COMPATIBLE", MklLibraryTests.Printed(["mkl-mode"], (MklReproducibility.Variable, "COMPATIBLE"))["mode"]);
    }

    [MklFact]
    public void MKL_that_has_computed_before_refuses_and_is_used_all_the_same()
    {
        var lines = MklLibraryTests.Printed(["mkl-mode", Acceleration.Mkl.Path!], (MklReproducibility.Variable, ""));
        Assert.Equal(("14", "True", "OFF"), (lines["before"], lines["used"], lines["mode"]));
        Assert.StartsWith("Intel MKL refused its reproducible modes (it has computed in this process before)", lines["reason"], StringComparison.Ordinal);
    }

    private static (MklReproducibility Choice, string Asked) Chosen(int current, params (int Mode, int Error)[] refusals)
    {
        var asked = new List<int>();
        var choice = MklReproducibility.Choose(() => current, mode =>
        {
            asked.Add(mode);
            return refusals.FirstOrDefault(refusal => refusal.Mode == mode).Error;
        });
        return (choice, string.Join(' ', asked));
    }
}
