using System.Globalization;
using System.Numerics;
using Optim.Values;

namespace Optim.CSharp;

/// <summary>Where training is: everything but the optimizer's state that is needed to go on from here. Plain numbers, to be saved.</summary>
/// <param name="Epoch">The epochs that are over.</param>
/// <param name="Batch">The batches seen of the epoch that is not.</param>
/// <param name="EpochLossSum">The sum of their losses.</param>
/// <param name="Losses">The losses of the validations (epochs, without validation) so far.</param>
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

/// <summary>What a checkpoint holds: <see cref="Trainer{T, TBatch}.Resume"/> goes on from it with the same bits.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="State">The optimizer's state, parameters included; the checkpoint's own.</param>
/// <param name="Position">Where training was.</param>
/// <param name="Best">The state of the best validation so far; null where there was none, or it is not kept.</param>
public sealed record TrainingCheckpoint<T>(OptimizerState<T> State, TrainingPosition Position, OptimizerState<T>? Best)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>What the model kept; null where it keeps nothing (<see cref="Trainer{T, TBatch}.Model"/>).</summary>
    public ModelState<T>? Model { get; init; }

    /// <summary>What the model kept with the best state; null where there is none, or the model keeps nothing.</summary>
    public ModelState<T>? BestModel { get; init; }

    /// <summary>The members, numbers in the invariant culture.</summary>
    public override string ToString() => InvariantText.Of(nameof(TrainingCheckpoint<T>), PrintMembers);
}
