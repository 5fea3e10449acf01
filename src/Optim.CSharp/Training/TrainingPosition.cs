using System.Globalization;
using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>The position in training: everything besides the optimizer's state that is needed to continue from here. Plain numbers, for saving.</summary>
/// <param name="Epoch">The completed epochs.</param>
/// <param name="Batch">The processed batches of the current epoch.</param>
/// <param name="EpochLossSum">The sum of their losses.</param>
/// <param name="Losses">The validation losses (without validation, the epochs') so far.</param>
public sealed record TrainingPosition(int Epoch, int Batch, double EpochLossSum, IReadOnlyList<double> Losses)
{
    /// <summary>The beginning.</summary>
    public static TrainingPosition Start { get; } = new(0, 0, 0, []);

    /// <summary>The numbers, losses included.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Epoch} epochs and {Batch} batches, losses {string.Join(" ", Losses.Select(loss => loss.ToString("G6", CultureInfo.InvariantCulture)))}");

    /// <inheritdoc/>
    public bool Equals(TrainingPosition? other) =>
        other is not null && Epoch == other.Epoch && Batch == other.Batch && EpochLossSum.Equals(other.EpochLossSum) && Losses.SequenceEqual(other.Losses);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Epoch, Batch, EpochLossSum, Losses.Count);
}

/// <summary>A training checkpoint: <see cref="Trainer{T, TBatch}.Resume"/> continues from it with the same bits.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="State">The optimizer's state, including parameters; owned by the checkpoint.</param>
/// <param name="Position">The position in training.</param>
/// <param name="Best">The state of the best validation so far; null if there is none, or it is not kept.</param>
public sealed record TrainingCheckpoint<T>(OptimizerState<T> State, TrainingPosition Position, OptimizerState<T>? Best)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The model's state; null if it has none (<see cref="Trainer{T, TBatch}.Model"/>).</summary>
    public ModelState<T>? Model { get; init; }

    /// <summary>The model's state with the best state; null if there is none, or the model has none.</summary>
    public ModelState<T>? BestModel { get; init; }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrainingCheckpoint<T>), PrintMembers);
}
