using System.Globalization;

namespace Optim.Fingerprint;

/// <summary>Steps and saves until it is killed: what CrashTests do to a process. The run is the same each time it is begun.</summary>
public static class SavingLoop
{
    /// <summary>The rule: a slot of another shape than the parameters, groups, a schedule, scalars.</summary>
    public static Rule Rule { get; } = new Accumulate(
        new ClipByGlobalNorm(1).Then(new Partition(
            new ParameterGroup(TensorSelector.Named("bias"), new NAdam { LearningRate = 1e-3 }),
            new ParameterGroup(TensorSelector.All, new Adafactor { LearningRate = Schedule.WarmupCosine(0.1, 3, 400) }))), 2);

    /// <summary>The state before the first step.</summary>
    public static OptimizerState<double> Begin() => Optimizer.Init(Rule, TensorSet.Generate(
        Layout.Of(new TensorShape("weight", 120, 60), new TensorShape("bias", 60), new TensorShape("scale")), i => Math.Sqrt(i + 1)));

    /// <summary>One step; the gradient is a function of the state alone, so that a run that is resumed meets the same ones.</summary>
    /// <param name="state">The state before.</param>
    public static OptimizerState<double> Next(OptimizerState<double> state) =>
        state.Donate().Step(state.Parameters.Map(x => x - (state.StepCount % 7))).Item1;

    /// <summary>Resumes what is saved, or begins, and saves after every step.</summary>
    /// <param name="path">The checkpoint.</param>
    public static int Run(string path)
    {
        var state = File.Exists(path) ? Checkpoint.Load<double>(path) : Next(Begin());
        for (; ; state = Next(state))
        {
            Checkpoint.Save(path, state);
            Console.WriteLine(state.StepCount.ToString(CultureInfo.InvariantCulture));
        }
    }
}
