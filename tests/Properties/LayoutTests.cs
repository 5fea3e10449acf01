using Xunit;

namespace Optim.Properties;

public class LayoutTests
{
    [Fact]
    public void Tensors_lie_one_after_the_other()
    {
        var layout = Layout.Of(new TensorShape("w", 3, 4), new TensorShape("s"), new TensorShape("none", 0, 5), new TensorShape("b", 7));
        Assert.Equal(20, layout.Length);
        Assert.Equal([0, 12, 13, 13], Enumerable.Range(0, layout.Count).Select(layout.OffsetOf));
        Assert.Equal(3, layout.IndexOf("b"));
        Assert.Equal(-1, layout.IndexOf("c"));
    }

    [Fact]
    public void Names_must_be_unique()
    {
        var error = Assert.Throws<ArgumentException>(() => Layout.Of(new TensorShape("w", 1), new TensorShape("w", 2)));
        Assert.Contains("'w' occurs twice", error.Message, StringComparison.Ordinal);
    }
}
