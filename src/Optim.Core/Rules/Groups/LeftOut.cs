namespace Optim;

/// <summary>Makes of a state's rule and scalars those with which it goes on after a step that left tensors out: the clocks of these stand where they stood.</summary>
internal sealed class LeftOut
{
    private readonly double[] before, after;
    private readonly List<double> result = [];

    private LeftOut(double[] before, double[] after)
    {
        this.before = before;
        this.after = after;
    }

    /// <summary>The rule and the scalars after the step.</summary>
    /// <param name="rule">The rule that took it.</param>
    /// <param name="layout">All tensors.</param>
    /// <param name="leftOut">Which of them were left out.</param>
    /// <param name="stepBefore">The steps taken before it.</param>
    /// <param name="stepAfter">The steps taken after it.</param>
    /// <param name="before">The scalars before it.</param>
    /// <param name="after">The scalars after it.</param>
    public static (Rule Rule, double[] Scalars) Of(Rule rule, Layout layout, IReadOnlyList<bool> leftOut, long stepBefore, long stepAfter, double[] before, double[] after)
    {
        TensorShape[] tensors = [.. layout.Where((_, i) => leftOut[i])];
        var visit = new LeftOut(before, after);
        var next = visit.Visit(rule, stepBefore, stepAfter, 0, tensors);
        return ReferenceEquals(next, rule) ? (rule, after) : (next, [.. visit.result]);
    }

    /// <summary>Whether a rule in the tree has got clocks that had none.</summary>
    public static bool HasNewClocks(Rule before, Rule after)
    {
        if (after is LateTensors)
        {
            return before is not LateTensors;
        }

        return before is not LateTensors && before.DeclareInner().Zip(after.DeclareInner()).Any(pair => HasNewClocks(pair.First.Rule, pair.Second.Rule));
    }

    /// <summary>The rule with its clocks after the step, its scalars appended to the result.</summary>
    /// <param name="rule">A rule of the tree.</param>
    /// <param name="clockBefore">The steps it had taken before the step.</param>
    /// <param name="clockAfter">The steps it has taken after it.</param>
    /// <param name="first">The first of its scalars.</param>
    /// <param name="leftOut">The tensors left out, of those it sees.</param>
    private Rule Visit(Rule rule, long clockBefore, long clockAfter, int first, TensorShape[] leftOut)
    {
        if (rule is LateTensors known)
        {
            return WithClocks(rule, known, clockAfter - clockBefore, first, leftOut);
        }

        var inner = rule.DeclareInner();
        if (inner.Count == 0)
        {
            return WithClocks(rule, new(rule, [], []), clockAfter - clockBefore, first, leftOut);
        }

        if (leftOut.Length > 0 && rule is ScheduleFree && rule.WhyOneClock(clockAfter) is { Length: > 0 } reason)
        {
            throw new InvalidOperationException($"Tensor '{leftOut[0].Name}' cannot be left out of a step of {rule.GetType().Name}: {reason}; a tensor without a gradient takes part with one of zeros.");
        }

        var all = rule.AllScalars();
        long insideBefore = rule.InnerClock(clockBefore, name => before[first + ScalarDeclaration.Find(all, name)]);
        long insideAfter = rule.InnerClock(clockAfter, name => after[first + ScalarDeclaration.Find(all, name)]);
        int next = first;
        var rules = new Rule[inner.Count];
        for (int i = 0; i < rules.Length; i++)
        {
            var seen = rule.SeenInside(i);
            rules[i] = Visit(inner[i].Rule, insideBefore, insideAfter, next, seen is null ? leftOut : [.. leftOut.Where(seen)]);
            next += inner[i].Rule.AllScalars().Count;
        }

        result.AddRange(after.AsSpan(next, first + all.Count - next));
        if (inner.Zip(rules).All(pair => ReferenceEquals(pair.First.Rule, pair.Second)))
        {
            return rule;
        }

        return rule is RollbackOnDivergence
            ? throw new InvalidOperationException($"{nameof(RollbackOnDivergence)} goes back by one clock, and a tensor left out of a step would have another; a tensor without a gradient takes part with one of zeros.")
            : rule.ReplaceInner(rules);
    }

    private Rule WithClocks(Rule whole, LateTensors known, long steps, int first, TensorShape[] leftOut)
    {
        var rule = known.Inner;
        int count = rule.AllScalars().Count, each = rule.DeclareScalars().Count;
        if (steps == 0 || leftOut.Length == 0 || !rule.CountsSteps())
        {
            result.AddRange(after.AsSpan(first, whole.AllScalars().Count));
            return whole;
        }

        // Of each tensor, how many steps it has taken fewer than the run, before the step and after it. The run's own scalars go on whether or not a tensor is left that goes by them.
        var missed = known.Names.Zip(known.JoinedAt).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        string[] names = [.. known.Names, .. leftOut.Select(shape => shape.Name).Where(name => !missed.ContainsKey(name))];
        var absent = leftOut.Select(shape => shape.Name).ToHashSet(StringComparer.Ordinal);
        var clocks = names.Select(name => (Name: name, IsOut: absent.Contains(name), From: missed.GetValueOrDefault(name)))
            .Select(tensor => (tensor.Name, tensor.IsOut, tensor.From, JoinedAt: tensor.IsOut ? tensor.From + steps : tensor.From))
            .Where(tensor => tensor.JoinedAt != 0).ToList();
        result.AddRange(after.AsSpan(first, count));
        foreach (var clock in clocks.GroupBy(tensor => tensor.JoinedAt))
        {
            // Tensors that have taken as many steps share the scalars of those that took this one, where there are any.
            var source = clock.OrderBy(tensor => tensor.IsOut).First();
            int at = source.From == 0 ? first : first + count + (each * known.Clocks.Index().First(joined => joined.Item == source.From).Index);
            result.AddRange((source.IsOut ? before : after).AsSpan(at, each));
        }

        return clocks.Count == 0 ? rule : new LateTensors(rule, [.. clocks.Select(tensor => tensor.Name)], [.. clocks.Select(tensor => tensor.JoinedAt)]);
    }
}
