using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>
/// The first table of docs/from-optax.md: with the settings that it names, a rule here takes the steps of Optax's optimizer. The other side is Optax's formula for one element, or for one tensor, written out.
/// </summary>
public class FromOptaxNumbers
{
    private const double Rate = 0.02;
    private const int Steps = 60;

    private static readonly double[] start = [1.5, -0.7, 0.01, 3, -2];

    /// <summary>Optax's update of one element, which is added: from the step t, counted from 1, the gradient, the parameter and what is kept, which begins at 0.</summary>
    private delegate double Update(int t, double g, double p, Span<double> kept);

    /// <summary>Of a whole tensor.</summary>
    private delegate double[] TensorUpdate(int t, double[] g, double[] p, double[][] kept);

    private static readonly Dictionary<string, (Rule Here, Update There)> elementwise = new(StringComparer.Ordinal)
    {
        ["sgd"] = (new Sgd { LearningRate = Rate, Momentum = 0.9 }, (_, g, _, s) => -Rate * (s[0] = g + (0.9 * s[0]))),
        ["sgd, nesterov"] = (new Sgd { LearningRate = Rate, Momentum = 0.9, Nesterov = true }, (_, g, _, s) => -Rate * (g + (0.9 * (s[0] = g + (0.9 * s[0]))))),
        ["sign_sgd"] = (new SignSgd { LearningRate = Rate, Momentum = 0 }, (_, g, _, _) => -Rate * Math.Sign(g)),
        ["signum"] = (new SignSgd { LearningRate = Rate }, (_, g, _, s) => -Rate * Math.Sign(Mean(ref s[0], g, 0.9))),
        ["adagrad"] = (
            new AdaGrad { LearningRate = Rate, InitialAccumulator = 0.1 + 1e-7, Epsilon = 0 },
            (t, g, _, s) => -Rate * g / Math.Sqrt((s[0] = (t == 1 ? 0.1 : s[0]) + (g * g)) + 1e-7)),
        ["rmsprop"] = (
            new RmsProp { LearningRate = Rate, Alpha = 0.9, EpsilonInsideRoot = true }, (_, g, _, s) => -Rate * g / Math.Sqrt(Mean(ref s[0], g * g, 0.9) + 1e-8)),
        ["rmsprop, momentum"] = (
            new RmsProp { LearningRate = Rate, Alpha = 0.9, EpsilonInsideRoot = true, Momentum = 0.8, LearningRateInVelocity = true },
            (_, g, _, s) => s[1] = (-Rate * g / Math.Sqrt(Mean(ref s[0], g * g, 0.9) + 1e-8)) + (0.8 * s[1])),
        ["rmsprop, centered"] = (
            new RmsProp { LearningRate = Rate, Alpha = 0.9, EpsilonInsideRoot = true, Centered = true },
            (_, g, _, s) => -Rate * g / Math.Sqrt(Mean(ref s[0], g * g, 0.9) - Math.Pow(Mean(ref s[1], g, 0.9), 2) + 1e-8)),
        ["adadelta"] = (
            new AdaDelta().AsDirection().Then(new AddDecayedWeights(0.1)).Then(new ScaleByLearningRate(Rate)),
            (_, g, p, s) =>
            {
                double u = Math.Sqrt(s[1] + 1e-6) / Math.Sqrt(Mean(ref s[0], g * g, 0.9) + 1e-6) * g;
                Mean(ref s[1], u * u, 0.9);
                return -Rate * (u + (0.1 * p));
            }),
        ["adam"] = (new Adam { LearningRate = Rate }, (t, g, _, s) => -Rate * Adam(t, g, s)),
        ["adamw"] = (new AdamW { LearningRate = Rate, WeightDecay = 1e-4 }, (t, g, p, s) => -Rate * (Adam(t, g, s) + (1e-4 * p))),
        ["adamax"] = (
            new AdaMax { LearningRate = Rate },
            (t, g, _, s) => -Rate * Mean(ref s[0], g, 0.9) / Corrected(0.9, t) / (s[1] = Math.Max(Math.Abs(g) + 1e-8, 0.999 * s[1]))),
        ["nadam"] = (new NAdam { LearningRate = Rate, MomentumDecay = 1e6 }, (t, g, _, s) => -Rate * Nadam(t, g, s)),
        ["nadamw"] = (
            new NAdam { LearningRate = Rate, MomentumDecay = 1e6, WeightDecay = 1e-4, DecoupledWeightDecay = true }, (t, g, p, s) => -Rate * (Nadam(t, g, s) + (1e-4 * p))),
        ["adabelief"] = (
            new AdaBelief { LearningRate = Rate, Rectify = false },
            (t, g, _, s) =>
            {
                double error = g - Mean(ref s[0], g, 0.9);
                s[1] = (0.999 * s[1]) + (0.001 * error * error) + 1e-16;
                return -Rate * s[0] / Corrected(0.9, t) / (Math.Sqrt(s[1] / Corrected(0.999, t)) + 1e-16);
            }),
        ["yogi"] = (
            new Yogi { LearningRate = Rate },
            (t, g, _, s) =>
            {
                (s[0], s[1]) = t == 1 ? (1e-6, 1e-6) : (s[0], s[1]);
                s[1] -= 0.001 * Math.Sign(s[1] - (g * g)) * g * g;
                return -Rate * Mean(ref s[0], g, 0.9) / Corrected(0.9, t) / (Math.Sqrt(s[1] / Corrected(0.999, t)) + 1e-3);
            }),
        ["lion"] = (
            new Lion { LearningRate = Rate, WeightDecay = 1e-3 },
            (_, g, p, s) =>
            {
                double u = Math.Sign((0.1 * g) + (0.9 * s[0]));
                Mean(ref s[0], g, 0.99);
                return -Rate * (u + (1e-3 * p));
            }),
        ["rprop"] = (
            new RProp { InitialStepSize = Rate },
            (t, g, _, s) =>
            {
                double agreement = g * s[1];
                s[0] = t == 1 ? Rate : s[0];
                s[0] = agreement == 0 ? s[0] : Math.Clamp(s[0] * (agreement > 0 ? 1.2 : 0.5), 1e-6, 50);
                return -(s[1] = agreement < 0 ? 0 : s[0] * Math.Sign(g));
            }),
        ["contrib.ademamix"] = (
            new AdEmaMix { LearningRate = Rate, Alpha = 5 },
            (t, g, _, s) => -Rate * ((Mean(ref s[0], g, 0.9) / Corrected(0.9, t)) + (5 * Mean(ref s[2], g, 0.9999))) / (Math.Sqrt(Mean(ref s[1], g * g, 0.999) / Corrected(0.999, t)) + 1e-8)),
        ["contrib.adopt"] = (
            new Adopt { LearningRate = Rate, ClipExponent = 0.25 },
            (t, g, _, s) =>
            {
                double limit = Math.Pow(t - 1, 0.25), n = Math.Clamp(g / Math.Max(Math.Sqrt(s[1]), 1e-6), -limit, limit);
                Mean(ref s[0], n, t == 1 ? 1 : 0.9);
                Mean(ref s[1], g * g, t == 1 ? 0 : 0.9999);
                return -Rate * s[0];
            }),
    };

    private static readonly Dictionary<string, (Rule Here, TensorUpdate There)> tensorwise = new(StringComparer.Ordinal)
    {
        ["lamb"] = (
            new Lamb { LearningRate = Rate, WeightDecay = 0, AlwaysAdapt = true },
            (t, g, p, s) =>
            {
                double[] u = [.. g.Select((x, i) => Adam(t, x, s[i], 1e-6))];
                return Scaled(u, -Rate * Norm(p) / Norm(u));
            }),
        ["lars"] = (
            new AddDecayedWeights(0.1).Then(new ScaleByTrustRatio { TrustCoefficient = 0.001 }).Then(new ScaleByLearningRate(Rate)).Then(new ScaleByMomentum { Momentum = 0.9 }),
            (_, g, p, s) =>
            {
                double[] u = [.. g.Zip(p, (x, y) => x + (0.1 * y))];
                double ratio = 0.001 * Norm(p) / Norm(u);
                return [.. u.Select((x, i) => s[i][0] = (-Rate * ratio * x) + (0.9 * s[i][0]))];
            }),
        ["novograd"] = (
            new NovoGrad { LearningRate = Rate, Beta1 = 0.9, Beta2 = 0.25, Epsilon = 1e-6 },
            (t, g, _, s) =>
            {
                double square = Math.Pow(Norm(g), 2);
                s[0][1] = t == 1 ? square : (0.25 * s[0][1]) + (0.75 * square);
                return [.. g.Select((x, i) => -Rate * (s[i][0] = (0.9 * s[i][0]) + (x / (Math.Sqrt(s[0][1]) + 1e-6))))];
            }),
        ["adafactor"] = (
            new ScaleByFactoredRms().Then(new ClipByRms(1)).Then(new ScaleByLearningRate(Rate)).Then(new ScaleByParameterNorm { ByRootMeanSquare = true }),
            (t, g, p, s) =>
            {
                double[] u = [.. g.Select((x, i) => x / Math.Sqrt(Mean(ref s[i][0], (x * x) + 1e-30, 1 - Math.Pow(t, -0.8))))];
                double root = Math.Sqrt(u.Length);
                return Scaled(u, -Rate * Math.Max(Norm(p) / root, 1e-3) / Math.Max(1, Norm(u) / root));
            }),
        ["fromage"] = (
            new Fromage { LearningRate = Rate },
            (_, g, p, _) =>
            {
                double factor = 1 / Math.Sqrt(1 + (Rate * Rate));
                return [.. g.Select((x, i) => (-Rate * factor * Norm(p) / Norm(g) * x) + ((factor - 1) * p[i]))];
            }),
        ["contrib.dadapt_adamw"] = (
            new DAdaptAdam { LearningRate = 1, BiasCorrection = true, DecoupledWeightDecay = true, WeightDecay = 0.01 }, DAdaptation()),
        ["contrib.prodigy"] = (new Prodigy { LearningRate = 1, BiasCorrection = true, WeightDecay = 0.01 }, Prodigy()),
    };

    public static TheoryData<string> Elementwise => [.. elementwise.Keys];

    public static TheoryData<string> Tensorwise => [.. tensorwise.Keys];

    [Theory]
    [MemberData(nameof(Elementwise))]
    public void An_element_goes_as_in_Optax(string name)
    {
        var (rule, update) = elementwise[name];
        double[][] kept = Kept();
        Compare(rule, (t, g, p) => [.. g.Select((x, i) => update(t, x, p[i], kept[i]))]);
    }

    [Theory]
    [MemberData(nameof(Tensorwise))]
    public void A_tensor_goes_as_in_Optax(string name)
    {
        var (rule, update) = tensorwise[name];
        double[][] kept = Kept();
        Compare(rule, (t, g, p) => update(t, g, p, kept));
    }

    [Fact]
    public void Each_of_them_is_on_the_page()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "from-optax.md"));
        Assert.All(elementwise.Keys.Concat(tensorwise.Keys), name => Assert.Contains($"`{name.Split(',')[0]}", page, StringComparison.Ordinal));
    }

    /// <summary>Random gradients, of which some are 0 and some turn round, against both.</summary>
    private static void Compare(Rule rule, Func<int, double[], double[], double[]> update)
    {
        double[] there = [.. start];
        var state = Optimizer.Init(rule, TensorSet.OfArray(start));
        var random = new Random(1);
        for (int t = 1; t <= Steps; t++)
        {
            // None at the first step: of Adagrad and others the first is apart.
            double[] gradient = [.. start.Select(_ => t % 7 == 0 ? 0 : (2 * random.NextDouble()) - 0.8)];
            gradient[0] = 0.3 * Math.Cos(t);
            (state, _) = Optimizer.Step(state, TensorSet.OfArray(gradient));
            double[] updates = update(t, gradient, there);
            there = [.. there.Zip(updates, (p, u) => p + u)];
            Assert.All(there.Zip(state.Parameters.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-11 * (1 + Math.Abs(pair.First))));
        }

        Assert.NotEqual(start, there);
    }

    private static double[][] Kept() => [.. start.Select(_ => new double[4])];

    private static double Mean(ref double mean, double value, double beta) => mean = (beta * mean) + ((1 - beta) * value);

    private static double Corrected(double beta, int t) => 1 - Math.Pow(beta, t);

    private static double Adam(int t, double g, Span<double> s, double epsilon = 1e-8) =>
        Mean(ref s[0], g, 0.9) / Corrected(0.9, t) / (Math.Sqrt(Mean(ref s[1], g * g, 0.999) / Corrected(0.999, t)) + epsilon);

    private static double Nadam(int t, double g, Span<double> s) =>
        ((0.9 * Mean(ref s[0], g, 0.9) / Corrected(0.9, t + 1)) + (0.1 * g / Corrected(0.9, t))) / (Math.Sqrt(Mean(ref s[1], g * g, 0.999) / Corrected(0.999, t)) + 1e-8);

    /// <summary>Three means for each element, d and its numerator.</summary>
    private static TensorUpdate DAdaptation()
    {
        double d = 1e-6, numerator = 0, root = Math.Sqrt(0.999);
        return (t, g, p, s) =>
        {
            double rate = d * Math.Sqrt(Corrected(0.999, t)) / Corrected(0.9, t);
            double product = g.Select((x, i) => x * s[i][2] / (Math.Sqrt(s[i][1]) + 1e-8)).Sum();
            for (int i = 0; i < g.Length; i++)
            {
                Mean(ref s[i][0], rate * g[i], 0.9);
                Mean(ref s[i][1], g[i] * g[i], 0.999);
                Mean(ref s[i][2], rate * g[i], root);
            }

            Mean(ref numerator, rate * product, root);
            d = Math.Max(d, numerator / ((1 - root) * s.Sum(each => Math.Abs(each[2]))));
            return [.. p.Select((x, i) => (-0.01 * rate * x) - (s[i][0] / (Math.Sqrt(s[i][1]) + 1e-8)))];
        };
    }

    /// <summary>The same; the distance is that from the start.</summary>
    private static TensorUpdate Prodigy()
    {
        double d = 1e-6, numerator = 0, root = Math.Sqrt(0.999);
        return (t, g, p, s) =>
        {
            double boost = d / 1e-6, rate = d * Math.Sqrt(Corrected(0.999, t)) / Corrected(0.9, t);
            numerator = (root * numerator) + (boost * rate * g.Select((x, i) => x * (start[i] - p[i])).Sum());
            for (int i = 0; i < g.Length; i++)
            {
                Mean(ref s[i][0], d * g[i], 0.9);
                Mean(ref s[i][1], d * d * g[i] * g[i], 0.999);
                s[i][2] = (root * s[i][2]) + (boost * rate * g[i]);
            }

            double next = d = Math.Max(d, numerator / s.Sum(each => Math.Abs(each[2])));
            return [.. p.Select((x, i) => (-0.01 * rate * x) - (rate * s[i][0] / (Math.Sqrt(s[i][1]) + (next * 1e-8))))];
        };
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(x => x * x));

    private static double[] Scaled(double[] values, double factor) => [.. values.Select(x => factor * x)];
}
