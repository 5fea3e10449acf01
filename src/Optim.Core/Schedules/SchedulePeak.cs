namespace Optim;

/// <summary>The rate that a schedule is about: its highest value, however long it takes to get there, and whatever it begins with.</summary>
internal static class SchedulePeak
{
    /// <summary>The highest value; of a product that of its factors, multiplied. Null where it is not known: a schedule of the user's own, or one that grows without end.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="last">The last step that counts.</param>
    public static double? Of(Schedule schedule, long last = long.MaxValue) => schedule switch
    {
        ConstantSchedule constant => constant.Value,
        ReduceOnPlateauSchedule plateau => Math.Max(plateau.Value, plateau.MinValue),
        CosineSchedule cosine => Math.Max(cosine.Value, cosine.EndValue),
        RestartsSchedule restarts => Math.Max(restarts.Value, restarts.EndValue),
        CyclicSchedule cyclic => Math.Max(cyclic.BaseValue, cyclic.MaxValue),
        OneCycleSchedule cycle => Math.Max(Math.Max(cycle.InitialValue, cycle.MaxValue), cycle.FinalValue),
        WarmupCosineSchedule warmup => Math.Max(Math.Max(warmup.Peak, warmup.EndValue), warmup.At(0)),
        NoamSchedule noam => noam.At(noam.WarmupSteps - 1),
        TableSchedule table => table.Values.Max(),
        PiecewiseSchedule piecewise => piecewise.Values.Max(),
        LinearSchedule or PolynomialSchedule or RootDecaySchedule or RexSchedule or ExponentialSchedule or NaturalExponentialSchedule or InverseTimeSchedule or StepSchedule or MultiStepSchedule =>
            Known(Math.Max(schedule.At(0), schedule.At(last))),
        WarmupSchedule warmup => Of(warmup.Body) is { } body ? Math.Max(body, warmup.At(0)) : null,
        ClampSchedule clamp => Math.Clamp(Of(clamp.Body) ?? clamp.High, clamp.Low, clamp.High),
        ShiftSchedule shift => Of(shift.Body),
        ProductSchedule product => Of(product.Left) * Of(product.Right),
        SumSchedule sum => Of(sum.Left) + Of(sum.Right),
        JoinSchedule join => join.Parts.Select((part, i) => Of(part, i < join.Milestones.Count ? Math.Max(0, join.Milestones[i] - Start(join, i) - 1) : last)).Aggregate((one, other) => one is { } a && other is { } b ? Math.Max(a, b) : null),
        _ => null,
    };

    private static long Start(JoinSchedule join, int part) => part == 0 ? 0 : join.Milestones[part - 1];

    private static double? Known(double value) => value < double.MaxValue ? value : null;
}
