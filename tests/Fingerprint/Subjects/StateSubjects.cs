using System.Numerics;

namespace Optim.Fingerprint.Subjects;

/// <summary>What is made of states: reports of a step, checkpoints to the byte.</summary>
internal static class StateSubjects
{
    private static readonly Rule Rule = new ClipByGlobalNorm(0.5).Then(
        new Accumulate(new AdamW { LearningRate = Schedule.WarmupCosine(0.1, 2, 9), WeightDecay = 0.1 }.NoDecayOn("bias"), 2));

    /// <summary>The subjects.</summary>
    public static IEnumerable<Subject> Create() =>
    [
        new ReportSubject("report"), new CheckpointSubject("checkpoint"),
        .. Enum.GetValues<SlotFormat>().Where(format => format != SlotFormat.Full).Select(format => new SlotFormatSubject($"slots.{format}", format)),
    ];

    private sealed class SlotFormatSubject(string name, SlotFormat format) : Subject(name)
    {
        protected override void Write<T>(Digest digest)
        {
            var run = Inputs<T>.Matrix;
            digest.Add(Optimizer.Fold(Optimizer.Init(Rule, run.Start).WithSlotFormat(format), run.Gradients));
            digest.Add(Optimizer.Fold(Optimizer.Init(new Lamb(), run.Start).WithSlotFormat(format), run.Gradients));
        }
    }

    private sealed class ReportSubject(string name) : Subject(name)
    {
        protected override void Write<T>(Digest digest)
        {
            var run = Inputs<T>.Matrix;
            var state = Optimizer.Init(Rule, run.Start);
            foreach (var gradient in run.Gradients)
            {
                (state, _, var report) = Optimizer.StepWithReport(state, gradient, loss: 0.1);
                digest.Add(report.GradientNorm, report.UpdateNorm, report.ParameterNorm, report.UpdateRatio, report.ClipFraction, report.NonFiniteCount);
                digest.Add([.. report.LearningRates.Values]);
                foreach (var tensor in report.Tensors.Values)
                {
                    digest.Add(tensor.GradientNorm, tensor.UpdateNorm, tensor.ParameterNorm, tensor.UpdateRatio, tensor.ClipFraction);
                }

                digest.AddText(report.ToString());
            }
        }
    }

    private sealed class CheckpointSubject(string name) : Subject(name)
    {
        protected override void Write<T>(Digest digest)
        {
            var run = Inputs<T>.Matrix;
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            try
            {
                var state = Optimizer.Fold(Optimizer.Init(Rule, run.Start), run.Gradients);
                Checkpoint.Save(path, state, notes: new Dictionary<string, string> { ["run"] = "a" });
                digest.AddBytes(File.ReadAllBytes(path));
                digest.Add(Checkpoint.Load<T>(path));
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
