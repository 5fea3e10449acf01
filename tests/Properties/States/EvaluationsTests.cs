using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.States;

/// <summary>Which points a run remembers: as many as fit into 32 MiB with their gradients, three at least; the oldest goes first, but never the lowest.</summary>
public class EvaluationsTests(ITestOutputHelper output)
{
    /// <summary>Two vectors of doubles and 256 bytes a point: of 262,128 elements 8 fit exactly, of one more 7.</summary>
    [Theory]
    [InlineData(262_128, 8)]
    [InlineData(262_129, 7)]
    [InlineData(500_000, 4)]
    [InlineData(2_000_000, 3)]
    public void The_lowest_and_the_latest_points_are_remembered(int length, int capacity) => Law.Check(
        output, Cases.Of(draw => new Points([.. Enumerable.Range(0, draw.Integer(capacity + 2, 4 * capacity)).Select(_ => (draw.Integer(0, capacity + 2), (double)draw.Integer(0, 3)))])),
        points =>
        {
            var layout = Layout.OfVector(length);
            Dictionary<int, double> losses = [];
            List<int> remembered = [];
            int lowest = -1, asked = 0;
            var evaluations = new Evaluations<double>(point => Tuple.Create(losses[(int)point.Span[1]], point), layout, new());
            foreach (var (id, drawn) in points.All)
            {
                double loss = losses[id] = losses.GetValueOrDefault(id, drawn);
                if (!remembered.Contains(id))
                {
                    asked++;
                    while (remembered.Count >= capacity)
                    {
                        remembered.Remove(remembered.First(other => other != lowest));
                    }

                    remembered.Add(id);
                    lowest = lowest < 0 || loss <= losses[lowest] ? id : lowest;
                }

                // All but one element are equal, and that one is not among those that the hash samples.
                double[] values = new double[length];
                values[1] = id;
                var point = TensorSet.OfArray(values);
                var known = evaluations.At(point);
                Assert.Equal(loss, known.Result.Item1);
                Assert.Equal(point, known.Point);
                Assert.Equal(point, known.Result.Item2);
                Assert.Equal(asked, evaluations.Count);
            }
        }, 5, name: $"{nameof(The_lowest_and_the_latest_points_are_remembered)} {length}");

    [Fact]
    public void A_gradient_that_is_the_point_is_copied()
    {
        var evaluations = new Evaluations<double>(point => Tuple.Create(0.5 * point.Dot(point), point), Layout.OfVector(2), new());
        var known = evaluations.At(TensorSet.OfArray([3.0, 4.0]));
        Assert.Equal(TensorSet.OfArray([3.0, 4.0]), known.Result.Item2);
        Assert.NotSame(known.Point.Storage, known.Result.Item2.Storage);
    }

    private sealed record Points((int Id, double Loss)[] All)
    {
        public override string ToString() => string.Join(' ', All);
    }
}
