using System.Numerics;
using Optim.CSharp;
using Xunit;

namespace Optim.Properties.CSharp;

/// <summary>A step in place allocates nothing, once the first have been taken.</summary>
public class AllocationTests
{
    private static readonly Rule[] Rules =
    [
        new Sgd(), new Sgd { Momentum = 0.9, Nesterov = true, WeightDecay = 1e-4, Maximize = true },
        new Adam(), new Adam { AmsGrad = true, WeightDecay = 0.1 },
        new AdamW(), new AdamW { AmsGrad = true, Maximize = true },
        new Lion(), new Lion { WeightDecay = 0.1 },
        new AdamW { LearningRate = Schedule.WarmupCosine(3e-4, 20, 1000), Beta1 = Schedule.OneCycle(1e-3, totalSteps: 2000).Momentum() },
        new Scale(0.5).Then(new ScaleByAdam()).Then(new AddDecayedWeights(0.1)).Then(new ScaleByLearningRate(1e-3)),
        new NAdam(), new Identity(),
        new Partition(new ParameterGroup(TensorSelector.Named("t0").Or(TensorSelector.Named("t2")), new Sgd { Momentum = 0.9 }), new ParameterGroup(TensorSelector.All, new AdamW())),
        new AdamW().NoDecayOn(TensorSelector.Named("t0")), new Scale(0.5).Then(new Adam { WeightDecay = 0.1 }.NoDecayOn("t2")).Then(new Scale(0.5)),
        new Scale(0.5).Then(new Freeze(new Masked(new Adam(), TensorSelector.Named("t2")), TensorSelector.Named("t0"))),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Rules.Length)];

    [Theory]
    [MemberData(nameof(Each))]
    public void A_step_in_place_allocates_nothing(int rule)
    {
        OfSteps<float>(Rules[rule], [7, 0, 1, 1023, 33]);
        OfSteps<double>(Rules[rule], [7, 0, 1, 1023, 33]);
        OfSteps<float>(Rules[rule], [300_001, 5, 70_000]);
    }

    private static void OfSteps<T>(Rule rule, int[] lengths)
        where T : unmanaged, IFloatingPointIeee754<T> => Assert.Equal(0, Bytes<T>(rule, lengths));

    private static long Bytes<T>(Rule rule, int[] lengths)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var optimizer = new InPlaceOptimizer<T>(rule, lengths.Select((length, i) => Parameter.Of(FormattableString.Invariant($"t{i}"), new T[length])));
        foreach (var parameter in optimizer.Parameters)
        {
            parameter.Gradient.Span.Fill(T.One);
        }

        for (int i = 0; i < 30; i++)
        {
            optimizer.Step(loss: 1.0);
        }

        // The thread pool's queue, which all tests fill, may grow on whichever thread is adding to it: the least of some rounds.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                optimizer.Step(loss: 1.0);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
