using Optim;
using Optim.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace TorchRace;

/// <summary>A rule on tensors of some shapes, and who takes part.</summary>
internal sealed record Race(string Rule, string Problem, IReadOnlyList<int[]> Shapes, Func<Problem, List<Contender>> Contenders);

internal static class Races
{
    public const string Ours = "TorchOptimizer";

    private const double Rate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Decay = 0.01, Epsilon = 1e-8, Momentum = 0.9;

    private static readonly Rule AdamW = new AdamW { LearningRate = Rate, Beta1 = Beta1, Beta2 = Beta2, WeightDecay = Decay, Epsilon = Epsilon };

    private static readonly Rule Clipped = new ClipByGlobalNorm(1).Then(AdamW), Sgd = new Sgd { LearningRate = Rate, Momentum = Momentum };

    private static readonly Rule Lion = new Lion { LearningRate = Rate, Beta1 = 0.9, Beta2 = 0.99, WeightDecay = Decay };

    private static readonly Rule Muon = new Muon { LearningRate = Rate, Momentum = 0.95, WeightDecay = Decay };

    public static IEnumerable<Race> All =>
    [
        .. new[] { ("1e3", 1_000), ("1e4", 10_000), ("1e5", 100_000), ("1e6", 1_000_000), ("1e7", 10_000_000), ("3e7", 30_000_000) }
            .Select(size => new Race("AdamW", "n = " + size.Item1, [[size.Item2]], OnAdamW)),
        new("AdamW", "200 x 1e3", [.. Enumerable.Repeat(new[] { 1000 }, 200)], OnAdamW),
        new("AdamW", "ResNet-18", ResNet18, OnAdamW),
        new("clip 1, AdamW", "ResNet-18", ResNet18, OnClip),
        new("SGD, momentum", "n = 1e7", [[10_000_000]], OnSgd),
        new("SGD, momentum", "ResNet-18", ResNet18, OnSgd),
        new("Lion", "n = 1e7", [[10_000_000]], OnLion),
        new("Lion", "ResNet-18", ResNet18, OnLion),
        new("Muon", "1024 x 1024", [[1024, 1024]], OnMuon),
    ];

    /// <summary>torchvision's: 62 parameters, 11,689,512 numbers.</summary>
    private static List<int[]> ResNet18
    {
        get
        {
            List<int[]> shapes = [[64, 3, 7, 7], [64], [64]];
            int before = 64;
            foreach (int width in new[] { 64, 128, 256, 512 })
            {
                for (int block = 0; block < 2; block++, before = width)
                {
                    shapes.AddRange([[width, before, 3, 3], [width], [width], [width, width, 3, 3], [width], [width]]);
                    if (before != width)
                    {
                        shapes.AddRange([[width, before, 1, 1], [width], [width]]);
                    }
                }
            }

            return [.. shapes, [1000, 512], [1000]];
        }
    }

    /// <summary>After five steps on small problems, the furthest element of any contender from the core in double.</summary>
    public static double LargestDifference()
    {
        double worst = 0;
        foreach (int[][] shapes in new int[][][] { [[100_007]], [.. Enumerable.Range(1, 40).Select(i => new[] { 3 * i, 7 })], [[128, 96]] })
        {
            using var scope = NewDisposeScope();
            var problem = new Problem(shapes, seed: 7);
            foreach (var (rule, contenders) in new (Rule, List<Contender>)[] { (AdamW, OnAdamW(problem)), (Clipped, OnClip(problem)), (Sgd, OnSgd(problem)), (Lion, OnLion(problem)) })
            {
                TensorSet<double> Set(Tensor[] tensors) => TensorSet.OfValues<double>(problem.Layout, Array.ConvertAll(TorchRace.Problem.Flat(tensors), x => (double)x));
                var exact = Optimizer.Fold(Optimizer.Init(rule, Set(problem.Values)), Enumerable.Repeat(Set(problem.Gradients), 5)).Parameters.ToArray();
                foreach (var contender in contenders)
                {
                    for (int i = 0; i < 5; i++)
                    {
                        contender.Step();
                    }

                    worst = Math.Max(worst, contender.Parameters().Zip(exact, (one, other) => Math.Abs(one - other)).Max());
                }
            }
        }

        return worst;
    }

    private static List<Contender> OnAdamW(Problem p) =>
    [
        OfOurs(AdamW, p), Core(AdamW, p),
        Script("libtorch fused (_fused_adamw_)", "fused_adamw", p, slots: 2, counts: true, Rate, Beta1, Beta2, Decay, Epsilon),
        Script("libtorch foreach", "foreach_adamw", p, slots: 2, counts: true, Rate, Beta1, Beta2, Decay, Epsilon),
        TorchSharps("TorchSharp's AdamW", p, parameters => optim.AdamW(parameters, Rate, Beta1, Beta2, Epsilon, Decay)),
    ];

    private static List<Contender> OnClip(Problem p) =>
    [
        OfOurs(Clipped, p), Core(Clipped, p),
        Script("libtorch fused, clipped by foreach", "clip_fused_adamw", p, slots: 2, counts: true, 1, Rate, Beta1, Beta2, Decay, Epsilon),
        TorchSharps("TorchSharp's clip_grad_norm_, AdamW", p, parameters => optim.AdamW(parameters, Rate, Beta1, Beta2, Epsilon, Decay), clip: true),
    ];

    private static List<Contender> OnSgd(Problem p) =>
    [
        OfOurs(Sgd, p), Core(Sgd, p),
        Script("libtorch fused (_fused_sgd_)", "fused_sgd", p, slots: 1, counts: false, Rate, Momentum),
        Script("libtorch foreach", "foreach_sgd", p, slots: 1, counts: false, Rate, Momentum),
        TorchSharps("TorchSharp's SGD", p, parameters => optim.SGD(parameters, Rate, Momentum)),
    ];

    private static List<Contender> OnLion(Problem p) => [OfOurs(Lion, p), Core(Lion, p), Script("libtorch foreach", "foreach_lion", p, slots: 1, counts: false, Rate, 0.9, 0.99, Decay)];

    private static List<Contender> OnMuon(Problem p)
    {
        var (value, buffer) = (p.Values[0].clone(), zeros_like(p.Values[0]));
        return [OfOurs(Muon, p), Core(Muon, p), new("libtorch foreach: matrix products, float32", Scripts.Function("muon", [value, p.Gradients[0], buffer, (Scalar)Rate, (Scalar)0.95, (Scalar)Decay]), () => TorchRace.Problem.Flat([value]))];
    }

    private static Contender OfOurs(Rule rule, Problem p)
    {
        TorchParameter[] parameters = [.. TorchRace.Problem.Copies(p.Values).Select((value, i) => new TorchParameter(value) { grad = p.Gradients[i] })];
        var optimizer = TorchOptimizer.For(parameters.Select((parameter, i) => (p.Layout[i].Name, parameter)), rule);
        return new(Ours, () => optimizer.step(), () => TorchRace.Problem.Flat(parameters), threads => optimizer.max_threads = threads);
    }

    private static Contender Core(Rule rule, Problem p)
    {
        var gradient = TensorSet.OfValues<float>(p.Layout, TorchRace.Problem.Flat(p.Gradients));
        var state = Optimizer.Init(rule, TensorSet.OfValues<float>(p.Layout, TorchRace.Problem.Flat(p.Values)));
        return new("Optim's core, donated", () => (state, _) = Optimizer.Step(state.Donate(), gradient), () => state.Parameters.ToArray(), threads => state = state.WithMaxThreads(threads));
    }

    private static Contender Script(string name, string function, Problem p, int slots, bool counts, params double[] numbers)
    {
        var values = TorchRace.Problem.Copies(p.Values);
        object[] arguments =
        [
            values, TorchRace.Problem.Copies(p.Gradients), .. Enumerable.Range(0, slots).Select(_ => (object)p.Zeros()),
            .. counts ? [p.Values.Select(_ => tensor(0f)).ToArray()] : Array.Empty<object>(), .. numbers.Select(number => (object)(Scalar)number),
        ];
        return new(name, Scripts.Function(function, arguments), () => TorchRace.Problem.Flat(values));
    }

    private static Contender TorchSharps(string name, Problem p, Func<IEnumerable<TorchParameter>, optim.Optimizer> make, bool clip = false)
    {
        var gradients = TorchRace.Problem.Copies(p.Gradients);
        TorchParameter[] parameters = [.. TorchRace.Problem.Copies(p.Values).Select((value, i) => new TorchParameter(value) { grad = gradients[i] })];
        var optimizer = make(parameters);
        return new(
            name,
            () =>
            {
                if (clip)
                {
                    nn.utils.clip_grad_norm_(parameters, 1);
                }

                optimizer.step();
            },
            () => TorchRace.Problem.Flat(parameters));
    }
}
