using System.Collections.Concurrent;

namespace Optim.Properties.Tensors;

/// <summary>The places of a <see cref="PoolMachine"/>, and what finalizers have found.</summary>
internal sealed class Holders(int places)
{
    private readonly OptimizerState<double>?[] states = new OptimizerState<double>?[places];
    private readonly TensorSet<double>?[] views = new TensorSet<double>?[places];
    private readonly ConcurrentQueue<string> found = [];
    private readonly ConcurrentQueue<(OptimizerState<double> State, double Parameter)> resurrected = [];

    public OptimizerState<double> State(int place) => states[place]!;

    public void Put(int place, OptimizerState<double>? state, TensorSet<double>? view = null) => (states[place], views[place]) = (state, view);

    public void Leave(int place, LastAct last) => _ = new Owner(this, states[place]!, last);

    /// <summary>The first thing that is not what it was; null for nothing.</summary>
    public string? Wrong(Expected model)
    {
        for (int place = 0; place < states.Length; place++)
        {
            if (model[place] is not { } held)
            {
                continue;
            }

            if (held.IsState && Other(states[place]!.Parameters.Span, held.Parameter) is { } parameter)
            {
                return $"the parameters in place {place} are {parameter}, were {held.Parameter}";
            }

            if (Other((views[place] ?? states[place]!.Slots["momentum_buffer"]).Span, held.Slot) is { } slot)
            {
                return $"the slot in place {place} is {slot}, was {held.Slot}";
            }
        }

        foreach (var (state, parameter) in resurrected)
        {
            if (Other(state.Parameters.Span, parameter) is { } other)
            {
                return $"a resurrected state holds {other}, held {parameter}";
            }
        }

        return found.TryPeek(out string? first) ? first : null;
    }

    private static double? Other(ReadOnlySpan<double> span, double expected) => span.IndexOfAnyExcept(expected) is var i and >= 0 ? span[i] : null;

    /// <summary>An object of the application that holds a state.</summary>
    private sealed class Owner(Holders holders, OptimizerState<double> state, LastAct last)
    {
        private readonly double parameter = state.Parameters.Span[0];
        private int waits = 3;

        ~Owner()
        {
            try
            {
                if (Other(state.Parameters.Span, parameter) is { } other)
                {
                    holders.found.Enqueue($"a finalizer saw {other} for {parameter}");
                }

                switch (last)
                {
                    case LastAct.Dispose:
                        state.Dispose();
                        break;
                    case LastAct.Resurrect:
                        holders.resurrected.Enqueue((state, parameter));
                        break;
                    case LastAct.Wait when waits-- > 0:
                        GC.ReRegisterForFinalize(this);
                        break;
                }
            }
            catch (Exception e)
            {
                holders.found.Enqueue($"a finalizer threw {e.Message}");
            }
        }
    }
}
