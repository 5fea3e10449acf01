namespace Optim;

/// <summary>
/// The numbers that a schedule keeps between steps. Reading gives a number as it was before the step, writing sets what it is after the
/// step: evaluating a schedule twice in a step observes the loss once.
/// </summary>
internal abstract class ScheduleScalars
{
    /// <summary>The loss at the parameters before the step, where it was given.</summary>
    public abstract double? Loss { get; }

    /// <summary>Whether a step is being taken; if not, the numbers are only looked at. Default true.</summary>
    public virtual bool Observes => true;

    /// <summary>One of the numbers, by its position among those the schedule declares.</summary>
    public abstract double this[int index] { get; set; }

    /// <summary>Numbers that stand in two arrays.</summary>
    /// <param name="before">What is read.</param>
    /// <param name="after">What is written; it begins as a copy of <paramref name="before"/>.</param>
    /// <param name="loss">The loss.</param>
    public static ScheduleScalars Over(double[] before, double[] after, double? loss) => new Arrays(before, after, loss);

    /// <summary>A part's own numbers, which begin at a position among these.</summary>
    public ScheduleScalars From(int offset) => offset == 0 ? this : new Slice(this, offset);

    /// <summary>The numbers of a state between two steps: nothing is observed, nothing written.</summary>
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
