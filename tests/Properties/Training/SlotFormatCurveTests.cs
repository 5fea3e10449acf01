using System.Globalization;
using Optim.Cli.Training;
using Optim.CSharp;
using Optim.Networks;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Training;

/// <summary>The digits' convolutional network trains with slots in fewer bits as it does in full: no further from that than seeds are from one another.</summary>
public class SlotFormatCurveTests(ITestOutputHelper output)
{
    private const int Epochs = 6, BatchSize = 32;

    [SoakTheory]
    [InlineData(SlotFormat.BFloat16)]
    [InlineData(SlotFormat.BFloat16Stochastic)]
    [InlineData(SlotFormat.Float8Block)]
    [InlineData(SlotFormat.Float8BlockStochastic)]
    public void Curves_are_within_the_spread_of_seeds(SlotFormat format)
    {
        double[][] full = [.. Enumerable.Range(1, 3).Select(seed => Losses(SlotFormat.Full, seed))];
        double[][] coded = [.. Enumerable.Range(1, 3).Select(seed => Losses(format, seed))];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            double[] known = [.. full.Select(run => run[epoch])], got = [.. coded.Select(run => run[epoch])];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{format} epoch {epoch + 1}: full {string.Join(" ", known.Select(Text))}, coded {string.Join(" ", got.Select(Text))}"));
            double spread = known.Max() - known.Min();
            Assert.InRange(got.Average(), 0, known.Average() + spread);
        }

        static string Text(double loss) => loss.ToString("F4", CultureInfo.InvariantCulture);
    }

    /// <summary>The loss on the held-out images after each epoch.</summary>
    private static double[] Losses(SlotFormat format, int seed)
    {
        var data = Digits.Load(seed: 1);
        using var training = new NetworkTraining<float>(Models.Named<float>("cnn", data), data, new AdamW(), BatchSize, seed);
        ((InPlaceOptimizer<float>)training.Optimizer).SetSlotFormat(format);
        var losses = new double[Epochs];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            int[] rows = [.. new SeededRandom(seed, 100 + epoch).Permutation(data.Training.Count)];
            foreach (int[] batch in rows.Chunk(BatchSize))
            {
                training.LossAndGradient(batch);
                training.Optimizer.Step(null);
                training.OnStep(null!);
            }

            losses[epoch] = training.Evaluate(data.Test, CancellationToken.None).Loss;
        }

        return losses;
    }
}
