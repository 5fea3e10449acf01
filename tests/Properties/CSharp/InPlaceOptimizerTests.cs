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
