using FsCheck;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.Wrappers;

/// <summary>Law 58 over whole histories: runs that begin, step, leave tensors out, take tensors in, get another rule, are saved, and load one another's files. Each tensor goes on as in a run of its own.</summary>
public class JoinedRunsTests(ITestOutputHelper output)
{
    private static readonly TensorSelector First = TensorSelector.Named("a*").OrNone();

    /// <summary>Rules that go tensor by tensor and have rates that stand still, so that a run of one tensor is the oracle.</summary>
    private static Dictionary<string, Rule> Rules => new()
    {
        ["adam"] = new Adam { LearningRate = 0.1 },
        ["nadam"] = new NAdam { LearningRate = 0.1 },
        ["chain"] = new Chain(new ScaleByMomentum(), new NAdam { LearningRate = 0.1 }, new NAdam { LearningRate = 0.2, Beta1 = 0.5 }),
        ["groups"] = new Partition(new ParameterGroup(First, new NAdam { LearningRate = 0.1 }), new ParameterGroup(TensorSelector.All, new RAdam { LearningRate = 0.3 }.Then(new NAdam { Beta1 = 0.7 }))),
        ["exempt"] = new AdamW { LearningRate = 0.1, WeightDecay = 0.5 }.NoDecayOn(First),
        ["accumulate"] = new Accumulate(new Chain(new NAdam { LearningRate = 0.1 }, new NAdam { Beta1 = 0.6 }), 1),
        ["plain"] = new Sgd { LearningRate = 0.1, Momentum = 0.9 },
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Law_58_tensors_of_several_runs_each_go_on_as_alone(string name) => Law.Check(
        output, Cases.Of(draw => new Events([.. Enumerable.Range(0, draw.Integer(3, 30)).Select(_ => (draw.Integer(0, 9), draw.Integer(0, 1 << 20)))]), Events.Fewer),
        events =>
        {
            var history = new History(Rules[name]);
            foreach (var (kind, pick) in events.All)
            {
                history.Next(kind, pick);
                history.Check();
            }
        }, 60, name: $"{nameof(Law_58_tensors_of_several_runs_each_go_on_as_alone)} {name}");

    private sealed record Events((int Kind, int Pick)[] All)
    {
        public static IEnumerable<Events> Fewer(Events events) => events.All.Select((_, i) => new Events([.. events.All[..i], .. events.All[(i + 1)..]]));

        public override string ToString() => string.Join(' ', All);
    }

    private sealed class History(Rule rule)
    {
        private readonly List<OptimizerState<double>> runs = [];
        private readonly Dictionary<string, OptimizerState<double>> alone = [];

        public void Next(int kind, int pick)
        {
            int run = runs.Count == 0 ? 0 : pick % runs.Count, rest = pick / 7;
            switch (runs.Count == 0 ? 0 : kind)
            {
                case 0 when runs.Count < 3:
                    runs.Add(Optimizer.Init(rule, Fresh(1 + (rest % 2))));
                    break;
                case 1 when alone.Count < 8:
                    runs[run] = runs[run].AddTensors(Fresh(1 + (rest % 2)));
                    break;
                case 2:
                    // All but some, which may be none, and one at least.
                    string[] leftOut = [.. runs[run].Parameters.Layout.Select(shape => shape.Name).Where((_, i) => (rest >> i) % 2 == 1).Skip(runs[run].Parameters.Count == 1 ? 1 : 0)];
                    Step(run, leftOut);
                    break;
                case 3:
                    runs[run] = runs[run].WithRule(rule);
                    break;
                case 4:
                    runs[run] = Saved(run, path => rest % 3 == 0 ? Checkpoint.Load<double>(path)
                        : rest % 3 == 1 ? Checkpoint.Load<double>(path, rule) : Checkpoint.LoadInto(path, Optimizer.Init(rule, runs[run].Parameters)).Item1);
                    break;
                case 5 or 6 when runs.Count > 1:
                    Merge(run, (run + 1 + (rest % (runs.Count - 1))) % runs.Count);
                    break;
                default:
                    Step(run, []);
                    break;
            }
        }

        public void Check()
        {
            foreach (var run in runs)
            {
                foreach (var tensor in run.Parameters)
                {
                    string name = tensor.Shape.Name;
                    Same.Bits<double>(alone[name].Parameters[name].Span, tensor.Span, name);
                    foreach (var (slot, values) in run.Slots.Where(slot => slot.Value.Layout.Any(shape => shape.Name == name && shape.Length > 0)))
                    {
                        Same.Bits<double>(alone[name].Slots[slot][name].Span, values[name].Span, $"{slot} of {name}");
                    }
                }
            }
        }

        private TensorSet<double> Fresh(int count)
        {
            Tensor<double>[] tensors = [.. Enumerable.Range(alone.Count, count).Select(i => Given.Vector((i % 2 == 0 ? "a" : "b") + i, 1.0 + i, -2.0))];
            foreach (var tensor in tensors)
            {
                alone[tensor.Shape.Name] = Optimizer.Init(rule, TensorSet.OfTensors(tensor));
            }

            return TensorSet.OfTensors(tensors);
        }

        /// <summary>A gradient that depends on the tensor and on how many steps it has taken.</summary>
        private Tensor<double> GradientOf(string name) => Given.Vector(name, Math.Sin((10 * name[1]) + alone[name].StepCount), Math.Cos(alone[name].StepCount * name[1]));

        private void Step(int run, string[] leftOut)
        {
            var before = runs[run];
            var gradient = TensorSet.OfTensors(before.Parameters.Layout.Select(shape => leftOut.Contains(shape.Name) ? Given.Vector(shape.Name, double.NaN, double.NaN) : GradientOf(shape.Name)).ToArray());
            runs[run] = leftOut.Length == 0 ? Optimizer.Step(before, gradient).Item1 : Optimizer.StepWithout(before, gradient, leftOut).Item1;
            foreach (string name in before.Parameters.Layout.Select(shape => shape.Name).Except(leftOut))
            {
                alone[name] = Optimizer.Step(alone[name], TensorSet.OfTensors(GradientOf(name))).Item1;
            }
        }

        /// <summary>A run takes another one's tensors in, from its file, and goes on from its step.</summary>
        private void Merge(int into, int from)
        {
            var all = runs[into].AddTensors(runs[from].Parameters);
            runs[into] = Saved(from, path => Checkpoint.LoadInto(path, all, partial: true).Item1);
            runs.RemoveAt(from);
        }

        private OptimizerState<double> Saved(int run, Func<string, OptimizerState<double>> load)
        {
            string path = Path.GetTempFileName();
            try
            {
                Checkpoint.Save(path, runs[run]);
                return load(path);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
