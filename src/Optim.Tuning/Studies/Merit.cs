namespace Optim.Tuning;

/// <summary>
/// Trials as those see them who know of one value alone, lower is better: samplers, pruners, the ranking. Where higher is better values are negated; with further goals a complete trial's value is its place by
/// non-dominated sorting (Deb, Pratap, Agarwal and Meyarivan 2002), those of one front by their crowding distance, the lonelier first.
/// </summary>
internal static class Merit
{
    /// <summary>The trials so seen, in their order.</summary>
    public static IReadOnlyList<TrialRecord> Of(Study study, IReadOnlyList<TrialRecord> trials)
    {
        if (study.Direction == StudyDirection.Minimize && study.Goals.Count == 0)
        {
            return trials;
        }

        var seen = trials.Select(trial => Seen(study, trial)).ToList();
        if (study.Goals.Count > 0)
        {
            var complete = trials.Where(trial => trial.State == TrialState.Complete).ToList();
            var places = Places(complete.Select(trial => Goals(study, trial)).ToList());
            for (int i = 0; i < complete.Count; i++)
            {
                int at = seen.FindIndex(trial => trial.Number == complete[i].Number);
                seen[at] = seen[at] with { Value = places[i] };
            }
        }

        return seen;
    }

    /// <summary>One trial with its values negated where higher is better.</summary>
    public static TrialRecord Seen(Study study, TrialRecord trial) => study.Direction == StudyDirection.Minimize
        ? trial
        : trial with { Value = -trial.Value, Reports = [.. trial.Reports.Select(report => report with { Value = -report.Value })] };

    /// <summary>The complete trials that no other is as good as in each goal and better in one, by number.</summary>
    public static IEnumerable<TrialRecord> Front(Study study, IEnumerable<TrialRecord> trials)
    {
        var complete = trials.Where(trial => trial.State == TrialState.Complete).Select(trial => (Trial: trial, Goals: Goals(study, trial))).ToList();
        return complete.Where(one => !complete.Any(other => Dominates(other.Goals, one.Goals))).Select(one => one.Trial);
    }

    // What is not noted is worse than anything.
    private static double[] Goals(Study study, TrialRecord trial) =>
    [
        Signed(study.Direction, trial.Value), .. study.Goals.Select(goal => Signed(goal.Direction, trial.Note(goal.Note))),
    ];

    private static double Signed(StudyDirection direction, double? value) => value is not { } number ? double.PositiveInfinity : direction == StudyDirection.Minimize ? number : -number;

    private static bool Dominates(double[] a, double[] b) => a.Zip(b).All(pair => pair.First <= pair.Second) && a.Zip(b).Any(pair => pair.First < pair.Second);

    private static double[] Places(List<double[]> points)
    {
        double[] places = new double[points.Count];
        var left = Enumerable.Range(0, points.Count).ToList();
        for (int place = 0; left.Count > 0;)
        {
            var front = left.Where(i => !left.Any(j => Dominates(points[j], points[i]))).ToList();
            double[] crowding = Crowding([.. front.Select(i => points[i])]);
            foreach (int i in front.Select((index, at) => (index, at)).OrderByDescending(item => crowding[item.at]).ThenBy(item => item.index).Select(item => item.index))
            {
                places[i] = place++;
            }

            left = [.. left.Except(front)];
        }

        return places;
    }

    private static double[] Crowding(double[][] front)
    {
        double[] distances = new double[front.Length];
        for (int goal = 0; goal < front[0].Length; goal++)
        {
            int[] order = [.. Enumerable.Range(0, front.Length).OrderBy(i => front[i][goal])];
            double range = front[order[^1]][goal] - front[order[0]][goal];
            distances[order[0]] = distances[order[^1]] = double.PositiveInfinity;
            for (int i = 1; i < order.Length - 1 && double.IsFinite(range) && range > 0; i++)
            {
                distances[order[i]] += (front[order[i + 1]][goal] - front[order[i - 1]][goal]) / range;
            }
        }

        return distances;
    }
}
