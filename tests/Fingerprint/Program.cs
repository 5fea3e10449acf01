using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Optim;
using Optim.Fingerprint;

if (args is ["mkl", ..])
{
    return MklSmoke.Run(args.ElementAtOrDefault(1));
}

if (args is ["mkl-mode", .. var usedBefore])
{
    return MklSmoke.Mode(usedBefore.FirstOrDefault());
}

if (args is ["save", var path])
{
    return SavingLoop.Run(path);
}

if (args is ["study", var file, var trials])
{
    return StudyLoop.Run(file, int.Parse(trials, CultureInfo.InvariantCulture));
}

// Prints what the processor offers this process, then a hash of every rule's results: the same lines wherever the determinism contract
// holds. The argument "interpreted" switches the fusion of formulas off, as where there is no compiler at run time.
if (args.Contains("interpreted"))
{
    AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", false);
}

Console.WriteLine(
    $"512={Vector512.IsHardwareAccelerated} 256={Vector256.IsHardwareAccelerated} 128={Vector128.IsHardwareAccelerated} fused={RuntimeFeature.IsDynamicCodeSupported}");

var rules = RuleRegistry.All.Select(entry => (entry.Name, Rule: entry.Create())).Concat(
[
    ("sgd_nesterov", new Sgd { Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 }),
    ("sgd_look_ahead", new Sgd { Momentum = 0.9, Nesterov = true, LearningRateInVelocity = true, LookAhead = true }),
    ("rmsprop_centred", new RmsProp { Centered = true, Momentum = 0.5, WeightDecay = 0.1 }),
    ("adamw_amsgrad", new AdamW { AmsGrad = true, LearningRate = Schedule.WarmupCosine(0.1, 2, 5), Maximize = true }),
    ("adamw_cautious", new AdamW { Cautious = true, LearningRate = 0.1 }),
    ("lion_cautious", new Lion { Cautious = true, LearningRate = 0.1, WeightDecay = 0.1 }),
    ("adabelief_amsgrad", new AdaBelief { Rectify = false, AmsGrad = true, WeightDecay = 0.1, FixedDecay = true }),
    ("amsbound", new AdaBound { AmsBound = true, Gamma = 0.5 }),
    ("adafactor_torch", new Adafactor { Form = AdafactorForm.PyTorch, Beta1 = 0.9, WeightDecay = 0.1 }),
    ("muon_rms", new Muon { ShapeFactor = MuonShapeFactor.MatchRmsAdamW, AddEpsilonToNorm = true, Nesterov = false }),
    ("shampoo_moskomule", new Shampoo { Form = ShampooForm.Moskomule, UpdateFrequency = 2, Momentum = 0.5, MaxPreconditionerDimension = 64 }),
    ("soap_often", new Soap { PreconditionFrequency = 1 }),
    ("clip_1_adamw", new ClipByGlobalNorm { NormType = 1 }.Then(new AdamW())),
    ("adam_clip_3_momentum", new Chain(new ScaleByAdam(), new ClipByGlobalNorm { NormType = 3 }, new ScaleByMomentum { Nesterov = true }, new ScaleByLearningRate(0.1))),
    ("clip_max_sgd", new ClipByGlobalNorm { NormType = double.PositiveInfinity }.Then(new Sgd())),
    ("long_chain", new Chain(
        new AddDecayedWeights(), new ScaleByAdaGrad(), new Scale(3), new ScaleByMomentum(), new ClipByValue(2), new ScaleByRmsProp(), new Scale(0.3), new ScaleByAdam(),
        new ClipByValue(0.5), new ScaleByMomentum { Nesterov = true }, new AddDecayedWeights(), new ScaleByLearningRate(0.01))),
]);

var singles = Numbers<float>();
var doubles = Numbers<double>();
foreach (var (name, rule) in rules)
{
    foreach (int threads in new[] { 1, 2, 3 })
    {
        Console.WriteLine($"{name} threads {threads.ToString(CultureInfo.InvariantCulture)} float {Hash(name, rule, singles, threads)} double {Hash(name, rule, doubles, threads)}");
    }
}

return 0;

static string Hash<T>(string name, Rule rule, TensorSet<T>[][] runs, int threads)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    bool needsObjective = RuleRegistry.Find(name) is { NeedsObjective: true };
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach (var run in runs)
    {
        var state = Optimizer.Init(rule, run[0]).WithMaxThreads(threads);
        for (int step = 1; step < run.Length; step++)
        {
            var from = step == 3 ? state.Donate() : state;
            state = (needsObjective ? Optimizer.StepOn(from, Objective) : from.Step(run[step])).Item1;
            hash.AppendData(BitConverter.GetBytes(state.Parameters.Norm()));
            hash.AppendData(BitConverter.GetBytes(state.Parameters.Dot(run[step])));
        }

        hash.AppendData(MemoryMarshal.AsBytes(state.EvaluationParameters.Span));
        foreach (var slot in state.Slots.Values)
        {
            hash.AppendData(MemoryMarshal.AsBytes(slot.Span));
        }
    }

    return Convert.ToHexString(hash.GetHashAndReset())[..16];
}

// A bowl that is steeper the further out: its gradient is not linear.
static Tuple<double, TensorSet<T>> Objective<T>(TensorSet<T> p)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    var cube = p.Map(x => x * x * x);
    return Tuple.Create((0.5 * p.Dot(p)) + (0.25 * p.Dot(cube)), p + cube);
}

// For each layout the start and four gradients: magnitudes from 1e-4 to 1e4 and exact zeros, by table, since the platform's own power
// differs between machines.
static TensorSet<T>[][] Numbers<T>()
    where T : unmanaged, IFloatingPointIeee754<T>
{
    const int Chunk = 32 * 1024;
    int[] lengths = [0, 1, 7, 15, 16, 17, 63, 300, 4097, (5 * Chunk) + 13];
    double[] magnitudes = [0, 1e-4, 1e-2, 1, 1, 1e2, 1e4];
    Layout matrices = Layout.Of(
        new TensorShape("tall", 97, 35), new TensorShape("wide", 5, 130), new TensorShape("bias", 35), new TensorShape("square", 66, 66), new TensorShape("scalar"),
        new TensorShape("filter", 6, 3, 5), new TensorShape("row", 1, 19), new TensorShape("column", 19, 1), new TensorShape("none", 0, 3));
    return [.. lengths.Select(Layout.OfVector).Append(matrices).Select(layout =>
    {
        var random = new Random(layout.Length);
        return Enumerable.Range(0, 5).Select(_ => TensorSet.Generate(
            layout, _ => T.CreateTruncating((random.NextDouble() - 0.5) * magnitudes[random.Next(magnitudes.Length)]))).ToArray();
    })];
}
