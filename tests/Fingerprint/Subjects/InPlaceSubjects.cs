using System.Numerics;
using Optim.CSharp;

namespace Optim.Fingerprint.Subjects;

/// <summary>The facade's steps on an application's own arrays: what they leave there, norms, and what the state would be.</summary>
internal static class InPlaceSubjects
{
    /// <summary>The subjects.</summary>
    public static IEnumerable<Subject> Create() => Rules().Select(pair => new InPlaceSubject("in_place." + pair.Name, pair.Rule));

    private static IEnumerable<(string Name, Rule Rule)> Rules() =>
    [
        ("adamw", new AdamW { LearningRate = 0.05, WeightDecay = 0.1 }),
        ("clipped_groups", new ClipByGlobalNorm(1).Then(new Adam { LearningRate = 0.05, WeightDecay = 0.1 }.NoDecayOn("bias"))),
        ("lamb", new Lamb { LearningRate = 0.1 }),
        ("muon", new Muon { LearningRate = 0.1 }),
        ("accumulated", new Accumulate(new ScheduleFreeSgd { LearningRate = 0.1 }, 2)),
    ];

    private sealed class InPlaceSubject(string name, Rule rule) : Subject(name)
    {
        protected override void Write<T>(Digest digest)
        {
            var run = Inputs<T>.Matrix;
            using var optimizer = new InPlaceOptimizer<T>(rule, run.Start.Select(tensor => Parameter.Of(tensor.Name, tensor.ToArray(), [.. tensor.Shape.Dimensions])));
            for (int step = 0; step < run.Gradients.Count; step++)
            {
                foreach (var (parameter, gradient) in optimizer.Parameters.Zip(run.Gradients[step]))
                {
                    gradient.Span.CopyTo(parameter.Gradient.Span);
                }

                optimizer.MaxThreads = 1 + (step % 3);
                digest.Add(optimizer.GradientNorm());
                optimizer.Step();
            }

            foreach (var parameter in optimizer.Parameters)
            {
                digest.Add<T>(parameter.Values.Span);
            }

            digest.Add(optimizer.Snapshot());
        }
    }
}
