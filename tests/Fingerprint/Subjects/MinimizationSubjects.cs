using System.Numerics;

namespace Optim.Fingerprint.Subjects;

/// <summary>Test problems and the way down them: losses and gradients, numerical ones among them, at some points, and where L-BFGS and random search end.</summary>
internal static class MinimizationSubjects
{
    private const int Points = 20;

    /// <summary>The subjects.</summary>
    public static IEnumerable<Subject> Create() => Landscape.All.Select(landscape => new LandscapeSubject("landscape." + landscape.Name, landscape));

    private sealed class LandscapeSubject(string name, Landscape landscape) : Subject(name)
    {
        protected override bool HasSingle => false;

        protected override void Write<T>(Digest digest)
        {
            var start = TensorSet.OfArray([.. landscape.Start]);
            var draw = new Draw(landscape.Start.Count);
            for (int i = 0; i < Points; i++)
            {
                var point = start.Map(x => x + draw.Symmetric());
                var (loss, gradient) = landscape.Objective(point);
                digest.Add(loss);
                digest.Add(gradient.Span);
                digest.Add(NumericalGradient.Of(p => landscape.Objective(p).Item1, point).Span);
            }

            foreach (Rule rule in new Rule[] { new Lbfgs(), new RandomSearch(), new AdamW { LearningRate = 0.01 } })
            {
                var end = Optimizer.Minimize(rule, start, landscape.Objective, new() { MaxSteps = 50 });
                digest.Add(end.Loss, end.GradientNorm, end.Steps);
                digest.Add(end.State);
                digest.AddText(end.Reason.ToString());
            }
        }
    }
}
