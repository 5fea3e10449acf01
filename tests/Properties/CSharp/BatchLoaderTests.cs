using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

public class BatchLoaderTests(ITestOutputHelper output)
{
    [Fact]
    public void An_epoch_has_every_item_once_as_the_last_batch_allows_and_is_the_same_again() => Law.Check(
        output, Cases.Of(draw => (Count: draw.Integer(0, 60), Size: draw.Integer(1, 20), Seed: (long?)(draw.OneIn(4) ? null : draw.Integer(0, 9)), Last: draw.Of(Enum.GetValues<LastBatch>()))),
        c =>
        {
            int[] items = [.. Enumerable.Range(0, c.Count)];
            var loader = new BatchLoader<int>(items, c.Size) { ShuffleSeed = c.Seed, LastBatch = c.Last };
            var batches = loader.Epoch(3).ToList();
            int[] seen = [.. batches.SelectMany(batch => batch)];
            Assert.Equal(loader.BatchesPerEpoch, batches.Count);
            Assert.All(batches.SkipLast(c.Last == LastBatch.Keep ? 1 : 0), batch => Assert.Equal(c.Size, batch.Count));
            int expected = c.Last switch
            {
                LastBatch.Keep => c.Count,
                LastBatch.Drop => c.Count / c.Size * c.Size,
                _ => (c.Count + c.Size - 1) / c.Size * c.Size,
            };
            Assert.Equal(expected, seen.Length);
            Assert.Equal(Math.Min(c.Count, expected), seen.Distinct().Count());
            Assert.Equal(seen, loader.Epoch(3).SelectMany(batch => batch));
            if (c.Seed is null)
            {
                Assert.Equal(items.Take(expected), seen.Take(c.Count));
            }
        });

    [Fact]
    public void Every_item_comes_first_about_as_often_and_every_epoch_has_an_order_of_its_own()
    {
        int[] items = [.. Enumerable.Range(0, 10)];
        var loader = new BatchLoader<int>(items, 10) { ShuffleSeed = 7 };
        var orders = Enumerable.Range(0, 2000).Select(epoch => loader.Epoch(epoch).Single()).ToList();
        Assert.All(items, item => Assert.InRange(orders.Count(order => order[0] == item), 140, 260));
        Assert.All(items, item => Assert.InRange(orders.Count(order => order[9] == item), 140, 260));
        Assert.True(orders.Select(order => string.Join(",", order)).Distinct().Count() > 1990, "orders repeat");
        Assert.NotEqual(loader.Epoch(0).Single(), (new BatchLoader<int>(items, 10) { ShuffleSeed = 8 }).Epoch(0).Single());
    }

    [Fact]
    public void An_order_of_ones_own_is_dealt_out_as_it_is_and_must_place_every_item()
    {
        string[] items = ["a", "b", "c"];
        var loader = new BatchLoader<string>(items, 2) { Order = epoch => [.. Enumerable.Range(0, 3).Select(i => (i + epoch) % 3)] };
        Assert.Equal(["a", "b", "c"], loader.Epoch(0).SelectMany(batch => batch));
        Assert.Equal(["c", "a", "b"], loader.Epoch(2).SelectMany(batch => batch));
        Refused.With<InvalidOperationException>(
            "Order must place each of the 3 items, placed 2 in epoch 5.", () => new BatchLoader<string>(items, 2) { Order = _ => [0, 1] }.Epoch(5));
    }
}
