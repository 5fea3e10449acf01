using System.Numerics;
using Optim.Execution;

namespace Optim;

/// <content>Tensors that join a run, or move again.</content>
public sealed partial class OptimizerState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The same state with more tensors, after those it has: a layer that is added, a head for another task.</summary>
    /// <remarks>
    /// The tensors that were there keep their values, slots and scalars. Those added are stepped as if their own run began now: slots begin as the rule declares them, and what the rule counts
    /// (corrections of a bias above all) counts from here (<see cref="LateTensors"/>); schedules stay those of the run.
    /// </remarks>
    /// <param name="added">The tensors; names that the state does not have.</param>
    /// <exception cref="ArgumentException">A name is there already; or the rule does not take the tensors, as a group of parameters that none is in.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that none can join late. Or the state was donated to an earlier step.</exception>
    public OptimizerState<T> AddTensors(TensorSet<T> added)
    {
        ArgumentNullException.ThrowIfNull(added);
        return Whole(state => state.With(added));
    }

    /// <summary>The same state with frozen tensors moving again, from now on: the rule that the <see cref="Freeze"/> holds goes on with them too.</summary>
    /// <remarks>
    /// The tensors that moved keep their slots and their clock. Those thawed are stepped as if their own run began now: their slots begin as the rule declares them, and what it counts counts from here
    /// (<see cref="LateTensors"/>); schedules stay those of the run. Where nothing remains frozen, the <see cref="Freeze"/> is gone from the rule.
    /// </remarks>
    /// <param name="tensors">Which tensors; null, the default, for all that are frozen.</param>
    /// <exception cref="ArgumentException">None of them is frozen; the message lists those that are.</exception>
    /// <exception cref="InvalidOperationException">The rule counts its steps and works on whole tensors, so that none can join late. Or the state was donated to an earlier step.</exception>
    public OptimizerState<T> Thaw(TensorSelector? tensors = null)
    {
        var (thawed, numbers) = LateJoin.Thaw(Alive().rule, StepCount, scalars, parameters.Layout, tensors ?? TensorSelector.All);
        return Whole(state =>
        {
            state.parameters.Storage.Share();
            return state.GoingOn(thawed, numbers, state.parameters);
        });
    }

    /// <summary>The state after a step that leaves tensors out.</summary>
    private OptimizerState<T> TakenWithout(IReadOnlyList<bool> leftOut, TensorSet<T> gradient, StepInputs<T> inputs)
    {
        var step = new PartialStep<T>(parameters.Layout, leftOut);
        IReadOnlyList<TensorSet<T>> before = [.. Enumerable.Range(0, slots.Count).Select(i => slots[i])];
        var (moved, moments, numbers) = step.Take(rule, StepCount, tensor => gradient[tensor].Span, parameters, before, scalars, inputs, engine);
        var (next, all) = LeftOut.Of(rule, parameters.Layout, leftOut, StepCount, StepCount + 1, scalars, numbers);
        var (values, bank) = (parameters.Copy(), SlotBank<T>.Copied(before, rule.DeclareSlots()));
        if (LeftOut.HasNewClocks(rule, next))
        {
            RequireClocks(next, values);
        }

        step.Write(moved, values);
        for (int slot = 0; slot < bank.Count; slot++)
        {
            step.Write(moments[slot], bank[slot]);
        }

        bank = InOwnFormats(bank, full => full.AfterStep(slots.Formats.Span, StepCount));
        return new(next, ReferenceEquals(next, rule) ? names : StateNames.Of(next), StepCount + 1, values, bank, all, engine, new(), plans, donated: false);
    }

    private OptimizerState<T> With(TensorSet<T> added)
    {
        var before = parameters;
        if (added.Layout.FirstOrDefault(shape => before.Layout.Any(other => other.Name == shape.Name)) is { } twice)
        {
            throw new ArgumentException($"{nameof(added)} must have tensors of other names than the state's, had '{twice.Name}'.", nameof(added));
        }

        if (added.Count == 0)
        {
            return Sharing(rule, engine);
        }

        var layout = Layout.OfSequence(before.Layout.Concat(added.Layout));
        var all = TensorSet.Uninitialized<T>(layout);
        before.Span.CopyTo(all.Writable);
        var reading = added.Storage.Read();
        added.Span.CopyTo(all.Writable[before.Length..]);
        reading.End();
        var (joined, numbers) = LateJoin.Of(rule, StepCount, scalars, layout, [.. added.Layout]);
        return GoingOn(joined, numbers, all);
    }

    /// <summary>The same state with the clocks of another rule (<see cref="LateJoin.WithClocksOf"/>), their scalars as before a first step.</summary>
    internal OptimizerState<T> WithClocksOf(Rule saved)
    {
        var next = LateJoin.WithClocksOf(Alive().rule, saved);
        if (ReferenceEquals(next, rule))
        {
            return this;
        }

        var all = next.AllScalars();
        double[] numbers = [.. StateNames.Of(next).Scalars.Zip(all).Select(pair => Scalars.GetValueOrDefault(pair.First, pair.Second.Initial))];
        parameters.Storage.Share();
        return GoingOn(next, numbers, parameters);
    }

    /// <summary>The same state with the clocks and scalars that tensors come with from another run of the same rule, where they are not this one's.</summary>
    /// <param name="late">The tensors, which the state has.</param>
    /// <param name="own">The other run.</param>
    internal OptimizerState<T> WithJoined(IReadOnlyList<TensorShape> late, LateJoin.Own own)
    {
        if (late.Count == 0)
        {
            return this;
        }

        var (joined, after) = LateJoin.Of(Alive().rule, StepCount, scalars, parameters.Layout, late, own);
        parameters.Storage.Share();
        return GoingOn(joined, after, parameters);
    }

    /// <summary>The state with a rule of as many slots, each in the layout that it has for the parameters: what was there is kept, the rest is as before a first step.</summary>
    private OptimizerState<T> GoingOn(Rule next, double[] numbers, TensorSet<T> all)
    {
        var layout = all.Layout;
        next.Validate();
        next.ValidateFor(layout);
        next.RequireSelectorsFit(layout);
        next = next.AskedFor(layout);
        RequireClocks(next, all);
        IReadOnlyList<SlotDeclaration> declared = next.DeclareSlots(), before = rule.DeclareSlots();
        var bank = SlotBank<T>.Initial(all, declared);
        for (int slot = 0; slot < declared.Count; slot++)
        {
            TensorSet<T> from = slots[slot], to = bank[slot];
            for (int i = 0; i < parameters.Layout.Count; i++)
            {
                var shape = parameters.Layout[i];
                int at = layout.IndexOf(shape.Name);
                if (IsFor(before[slot], shape) == IsFor(declared[slot], shape))
                {
                    from[i].Span.CopyTo(to.Writable[to.Layout.OffsetOf(at)..]);
                }
            }
        }

        return new(next, StateNames.Of(next), StepCount, all, InOwnFormats(bank, full => full.WithFormats(slots.Formats.Span)), numbers, engine, new(), new(), donated: false);

        static bool IsFor(SlotDeclaration slot, TensorShape shape) => slot.IsFor?.Invoke(shape) ?? true;
    }

    /// <summary>As many slots, in the formats of this state's.</summary>
    private SlotBank<T> InOwnFormats(SlotBank<T> bank, Func<SlotBank<T>, SlotBank<T>> convert)
    {
        if (!slots.HasCodedSlots)
        {
            return bank;
        }

        var coded = convert(bank);
        bank.Release();
        return coded;
    }

    /// <summary>Refuses, before a step is taken, rules that cannot have several clocks.</summary>
    internal static void RequireClocks(Rule next, TensorSet<T> all) => RuleTree.Find(next, part =>
    {
        if (part is LateTensors { Names.Count: > 0 } late)
        {
            new Plan<T>(Math.Max(0, late.JoinedAt.Max()), all, new(Loss: 0, HessianDiagonal: all), [.. late.AllScalars().Select(scalar => scalar.Initial)]).Prepare(late);
        }

        return false;
    });
}
