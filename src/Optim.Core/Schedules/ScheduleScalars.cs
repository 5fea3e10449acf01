namespace Optim;

/// <summary>
/// The scalars that a schedule keeps between steps. Reading returns the value before the step, writing sets the value after the
/// step: evaluating a schedule twice in a step observes the loss once.
/// </summary>
internal abstract class ScheduleScalars
{
    /// <summary>The loss at the parameters before the step, if given.</summary>
    public abstract double? Loss { get; }

    /// <summary>Whether a step is being taken; if not, the scalars are only read. Default true.</summary>
    public virtual bool Observes => true;

    /// <summary>A scalar, by its position in the schedule's declaration.</summary>
    public abstract double this[int index] { get; set; }

    /// <summary>Scalars in two arrays.</summary>
    /// <param name="before">The values to read.</param>
    /// <param name="after">The values to write; initially a copy of <paramref name="before"/>.</param>
    /// <param name="loss">The loss.</param>
    public static ScheduleScalars Over(double[] before, double[] after, double? loss) => new Arrays(before, after, loss);

    /// <summary>A part's own scalars, which begin at a position among these.</summary>
    public ScheduleScalars From(int offset) => offset == 0 ? this : new Slice(this, offset);

    /// <summary>The scalars of a state between two steps: nothing is observed, nothing written.</summary>
    public static ScheduleScalars AtRest(IReadOnlyList<double> scalars) => new Resting(scalars);

    private sealed class Resting(IReadOnlyList<double> scalars) : ScheduleScalars
    {
        public override double? Loss => null;

        public override bool Observes => false;

        public override double this[int index]
        {
            get => scalars[index];
            set => throw new InvalidOperationException("Between two steps nothing is written.");
        }
    }

    private sealed class Slice(ScheduleScalars whole, int offset) : ScheduleScalars
    {
        public override double? Loss => whole.Loss;

        public override bool Observes => whole.Observes;

        public override double this[int index]
        {
            get => whole[offset + index];
            set => whole[offset + index] = value;
        }
    }

    private sealed class Arrays(double[] before, double[] after, double? loss) : ScheduleScalars
    {
        public override double? Loss => loss;

        public override double this[int index]
        {
            get => before[index];
            set => after[index] = value;
        }
    }
}
