using System.Numerics;
using Optim.CSharp;
using Optim.Properties.Checking;
using Xunit;
using Xunit.Abstractions;

namespace Optim.Properties.CSharp;

/// <summary>The facade is the core: whatever is done with an optimizer in place, its arrays and its state have the bits that states of the core have.</summary>
public class InPlaceOptimizerTests(ITestOutputHelper output)
{
    [Fact]
    public void In_place_has_the_bits_of_the_core_whatever_is_done() => Law.Check(
        output, Session.Any(), session =>
        {
            new Pair<double>(session).Run();
            new Pair<float>(session).Run();
        }, count: 600);

    [Fact]
    public void Many_steps_on_several_threads_have_the_bits_of_the_core()
    {
        int[] lengths = [300_001, 0, 70_003, 3];
        var random = new Random(1);
        var start = TensorSet.Generate(Layout.OfSequence(lengths.Select((n, i) => new TensorShape($"t{(char)('a' + i)}", n))), _ => random.NextSingle() - 0.5f);
        var gradients = Enumerable.Range(0, 3).Select(_ => start.Map(_ => random.NextSingle() - 0.5f)).ToArray();
        var rule = new AddDecayedWeights(0.1).Then(new ScaleByAdam()).Then(new ScaleByLearningRate(0.01));
        var model = Optimizer.Init(rule, start);
        using var facade = new InPlaceOptimizer<float>(rule, start.Select(t => new Parameter<float>(t.Shape, t.ToArray(), new float[t.Length])));
        for (int step = 0; step < 300; step++)
        {
            var gradient = gradients[step % gradients.Length];
            foreach (var (parameter, tensor) in facade.Parameters.Zip(gradient))
            {
                tensor.Span.CopyTo(parameter.Gradient.Span);
            }

            facade.MaxThreads = 1 + (step % 5);
            facade.Step();
            model = Optimizer.Step(model.Donate(), gradient).Item1;
        }

        Same.Bits(model, facade.Snapshot());
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        float[] array = new float[10];
        Assert.Contains("'w [3]' must have as many elements as its shape, 3, was 10", Assert.Throws<ArgumentException>(() => Parameter.Of("w", array, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("'w' must not share memory", Assert.Throws<ArgumentException>(() => Parameter.Over("w", array, array)).Message, StringComparison.Ordinal);
        Parameter<float> Part(string name, int from, int count) => new(new TensorShape(name, count), array.AsMemory(from, count), new float[count]);
        InPlaceOptimizer.Create(new Sgd(), Part("a", 5, 5), Part("b", 0, 5)).Dispose();
        string overlap = Assert.Throws<ArgumentException>(() => InPlaceOptimizer.Create(new Sgd(), Part("a", 4, 6), Part("b", 0, 5))).Message;
        Assert.Contains("'b' and 'a' do", overlap, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => InPlaceOptimizer.Create(
            new Sgd(), Part("a", 0, 5), new Parameter<float>(new TensorShape("b", 2), new float[2], array.AsMemory(4, 2))));
        Assert.Throws<ArgumentException>(() => InPlaceOptimizer.Create(new Sgd(), Part("a", 0, 5), Part("a", 5, 5)));
    }

    [Fact]
    public void Gradients_may_share_memory_with_each_other()
    {
        float[] gradient = [1, 1];
        var (a, b) = (Parameter.Over("a", new float[2], gradient), Parameter.Over("b", new float[2], gradient));
        using var optimizer = InPlaceOptimizer.Create(new Sgd { LearningRate = 1 }, a, b);
        optimizer.Step();
        Assert.Equal([-1f, -1f], a.Values.ToArray());
        Assert.Equal(a.Values.ToArray(), b.Values.ToArray());
    }

    [Fact]
    public void A_step_within_a_step_and_one_after_the_end_are_refused()
    {
        var parameter = Parameter.Of("p", new double[] { 1, 2 });
        var optimizer = InPlaceOptimizer.Create(new Sam(), parameter);
        Assert.Throws<InvalidOperationException>(() => optimizer.StepOn(() =>
        {
            optimizer.Step();
            return 0;
        }));
        Assert.Equal([1, 2], parameter.Values.ToArray());
        Assert.Equal(0, optimizer.StepCount);
        optimizer.Dispose();
        optimizer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => optimizer.Step());
    }

    [Fact]
    public void A_gradient_norm_is_the_one_that_clipping_sees()
    {
        var (a, b) = (Parameter.Over("a", new double[1], [3]), Parameter.Over("b", new double[1], [4]));
        using var optimizer = InPlaceOptimizer.Create(new ClipByGlobalNorm(1).Then(new Sgd { LearningRate = 1 }), a, b);
        Assert.Equal(5, optimizer.GradientNorm());
        optimizer.Step();
        Assert.Equal(-0.6, a.Values.Span[0], 5);
        optimizer.ClearGradients();
        Assert.Equal(0, optimizer.GradientNorm());
    }

    /// <summary>The same session on both.</summary>
    private sealed class Pair<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Session session;
        private readonly Parameter<T>[] parameters;
        private readonly InPlaceOptimizer<T> facade;
        private OptimizerState<T> model;
        private OptimizerState<T>? kept;
        private OptimizerState<T>? keptModel;

        public Pair(Session session)
        {
            this.session = session;
            var start = session.Scenario.StartOf<T>();
            // Arrays within arrays, so that nothing lies where a flat set would have it.
            parameters = [.. start.Select((tensor, i) => new Parameter<T>(tensor.Shape, Within(tensor.Span, i), Within(new T[tensor.Length], 2 * i)))];
            facade = InPlaceOptimizer.Create(session.Scenario.Rule, parameters);
            model = Optimizer.Init(session.Scenario.Rule, start);
        }

        public void Run()
        {
            Compare();
            foreach (var command in session.Commands)
            {
                Exception? expected = Thrown(() => OnModel(command)), actual = Thrown(() => OnFacade(command));
                Assert.Equal(expected?.GetType(), actual?.GetType());
                Assert.Equal(expected?.Message, actual?.Message);
                Compare();
            }

            facade.Dispose();
            if (kept is not null)
            {
                Same.Bits(keptModel!, kept);
            }
        }

        private void OnModel(Command command)
        {
            switch (command.Kind)
            {
                case CommandKind.Step:
                    model = Optimizer.Step(model, Set(command.Elements), command.Number).Item1;
                    break;
                case CommandKind.StepOn:
                    int evaluations = 0;
                    model = Optimizer.StepOn(model, p => Pull(p, command, ++evaluations)).Item1;
                    break;
                case CommandKind.StepWithoutLoss:
                    model = Optimizer.Step(model, Set([.. model.Parameters.Span.ToArray().Select(double.CreateTruncating)])).Item1;
                    break;
                case CommandKind.ScaleRates:
                    model = model.WithRule(model.Rule.ScaleLearningRates(command.Number));
                    break;
                case CommandKind.AdjustRate:
                    model = model.Adjust("LearningRate", command.Number);
                    break;
                case CommandKind.Write:
                    model = Optimizer.Restore(model.Rule, model.StepCount, Set(command.Elements), model.Slots, model.Scalars);
                    break;
                case CommandKind.Save:
                    keptModel = model;
                    break;
                case CommandKind.Restore:
                    model = keptModel ?? model;
                    break;
                case CommandKind.Misuse:
                    Optimizer.Step(model, model.Parameters, command.Number, TensorSet.OfArray(new T[model.Parameters.Length + 1]));
                    break;
            }
        }

        private void OnFacade(Command command)
        {
            switch (command.Kind)
            {
                case CommandKind.Step:
                    WriteGradients(Set(command.Elements));
                    facade.Step(command.Number);
                    break;
                case CommandKind.StepOn:
                    int evaluations = 0;
                    facade.StepOn(() =>
                    {
                        var (loss, gradient) = Pull(Values(), command, ++evaluations);
                        WriteGradients(gradient);
                        return loss;
                    });
                    break;
                case CommandKind.StepWithoutLoss:
                    facade.MaxThreads = (int)Math.Ceiling(command.Number);
                    WriteGradients(Values());
                    facade.Step();
                    break;
                case CommandKind.ScaleRates:
                    facade.Continue(facade.Rule.ScaleLearningRates(command.Number));
                    break;
                case CommandKind.AdjustRate:
                    facade.Adjust("LearningRate", command.Number);
                    break;
                case CommandKind.Write:
                    foreach (var (parameter, tensor) in parameters.Zip(Set(command.Elements)))
                    {
                        tensor.Span.CopyTo(parameter.Values.Span);
                    }

                    break;
                case CommandKind.Save:
                    kept = facade.Snapshot();
                    break;
                case CommandKind.Restore when kept is not null:
                    facade.Load(kept);
                    break;
                case CommandKind.Misuse:
                    facade.Step(command.Number, TensorSet.OfArray(new T[facade.Layout.Length + 1]));
                    break;
                case CommandKind.Read:
                    Same.Bits(model.EvaluationParameters, facade.EvaluationParameters(), "evaluation parameters");
                    Assert.Equal(model.Hyperparameters, facade.Hyperparameters);
                    break;
            }
        }

        private void Compare()
        {
            Same.Bits(model.Parameters, Values(), "parameters");
            Same.Bits(model, facade.Snapshot());
            Assert.Equal(model.Rule, facade.Rule);
            Assert.Equal(model.StepCount, facade.StepCount);
        }

        private Tuple<double, TensorSet<T>> Pull(TensorSet<T> p, Command command, int evaluation)
        {
            var distance = p - Set(command.Elements);
            return evaluation > command.Number + 0.5 ? throw new TimeoutException("The objective gave up.") : new(0.5 * distance.Dot(distance), distance);
        }

        private TensorSet<T> Set(double[] values) => session.Scenario.Set<T>(values);

        private TensorSet<T> Values() => TensorSet.OfTensors([.. parameters.Select(p => Tensor.OfSpan<T>(p.Shape, p.Values.Span))]);

        private void WriteGradients(TensorSet<T> gradient)
        {
            foreach (var (parameter, tensor) in parameters.Zip(gradient))
            {
                tensor.Span.CopyTo(parameter.Gradient.Span);
            }
        }

        private static Memory<T> Within(ReadOnlySpan<T> values, int before)
        {
            T[] array = new T[before + values.Length + 1];
            values.CopyTo(array.AsSpan(before));
            return array.AsMemory(before, values.Length);
        }

        private static Exception? Thrown(Action action)
        {
            try
            {
                action();
                return null;
            }
            catch (Exception e) when (e is ArgumentException or ArithmeticException or InvalidOperationException or TimeoutException)
            {
                return e;
            }
        }
    }
}
