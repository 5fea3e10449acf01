using MathNet.Numerics.LinearAlgebra;
using Optim;

// 400 points of a square: 1, x, y, x^2, y^2, and whether the point lies in an ellipse.
var examples = Enumerable.Range(0, 400).Select(i => (X: (i % 20 / 10.0) - 0.95, Y: (i / 20 / 10.0) - 0.95))
    .Select(p => (Features: Vector<double>.Build.Dense([1, p.X, p.Y, p.X * p.X, p.Y * p.Y]), Inside: (p.X * p.X) + (2 * p.Y * p.Y) < 0.6))
    .ToArray();

// A logistic regression: the mean cross-entropy, and its gradient.
Tuple<double, TensorSet<double>> Objective(TensorSet<double> parameters)
{
    var weights = parameters.ToVector();
    var gradient = Vector<double>.Build.Dense(5);
    double loss = 0;
    foreach (var (features, inside) in examples)
    {
        double probability = 1 / (1 + Math.Exp(-features.DotProduct(weights)));
        loss -= Math.Log(inside ? probability : 1 - probability) / examples.Length;
        gradient += features * ((probability - (inside ? 1 : 0)) / examples.Length);
    }

    return Tuple.Create(loss, TensorSet.Of(gradient));
}

// The rule is a value; so is each state. A step makes the next state from one, and leaves it as it is.
var rule = new ClipByGlobalNorm(1).Then(new AdamW { LearningRate = Schedule.WarmupCosine(0.5, 10, 200), WeightDecay = 0.001 });
var state = Optimizer.Init(rule, TensorSet.Of(Vector<double>.Build.Dense(5)));
for (int step = 0; step < 200; step++)
{
    var (loss, gradient) = Objective(state.Parameters);
    if (step % 50 == 0)
    {
        Console.WriteLine(FormattableString.Invariant($"step {step,3}: loss {loss:F4}"));
    }

    (state, _) = Optimizer.Step(state, gradient);
}

var trained = state.Parameters.ToVector();
int right = examples.Count(e => (e.Features.DotProduct(trained) > 0) == e.Inside);
Console.WriteLine(FormattableString.Invariant($"loss {Objective(state.Parameters).Item1:F4}, {right} of {examples.Length} points right"));

Checkpoint.Save("trained.safetensors", state);
Console.WriteLine(Checkpoint.Load<double>("trained.safetensors").Equals(state) ? "saved and loaded: the same state" : "lost");
