using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Experimental;
using FsCheck.Fluent;

namespace Optim.Properties.Tensors;

/// <summary>
/// What may happen to memory from the pool, in any order: states that are stepped, donated, disposed, dropped, left to a view; finalizers of the application that read a state, dispose it, resurrect it or wait for the next
/// collection; collections; and other states that take what has become free. After each, everything that can be read holds what it held.
/// </summary>
internal sealed class PoolMachine : Machine<Holders, Expected>
{
    /// <summary>From 32 KiB on, memory is from the pool.</summary>
    private const int Length = 5000, Places = 4;

    private static readonly Layout Layout = Layout.OfVector(Length);

    private static readonly Rule Rule = new Sgd { LearningRate = 1, Momentum = 0.5 };

    public PoolMachine(int operations)
        : base(operations)
    {
    }

    public override Arbitrary<Setup<Holders, Expected>> Setup => Gen.Constant<Setup<Holders, Expected>>(new Start()).ToArbitrary();

    public override Gen<Operation<Holders, Expected>> Next(Expected model)
    {
        var any = Gen.Choose(0, Places - 1);
        return Gen.Frequency(
            (2, Op(from place in any from value in Gen.Choose(1, 99) select new Begin(place, value))),
            (4, Op(from source in any from target in any from gradient in Gen.Choose(-9, 9) select new Step(source, target, gradient, Donated: false))),
            (3, Op(from source in any from target in any from gradient in Gen.Choose(-9, 9) select new Step(source, target, gradient, Donated: true))),
            (1, Op(from place in any select new Narrow(place))),
            (1, Op(from place in any select new End(place))),
            (2, Op(from place in any select new Drop(place))),
            (4, Op(from place in any from last in Gen.Elements(Enum.GetValues<LastAct>()) select new Leave(place, last))),
            (3, Op(Gen.Constant(new Collect()))),
            (3, Op(Gen.Constant(new Reuse()))));

        static Gen<Operation<Holders, Expected>> Op<O>(Gen<O> operation)
            where O : Operation<Holders, Expected> => operation.Select(Operation<Holders, Expected> (o) => o);
    }

    private static TensorSet<double> All(double value) => TensorSet.Filled(Layout, value);

    private sealed class Start : Setup<Holders, Expected>
    {
        public override Holders Actual() => new(Places);

        public override Expected Model() => new([.. new Held?[Places]]);
    }

    /// <summary>An operation, and what holds after each.</summary>
    private abstract class Act : Operation<Holders, Expected>
    {
        public override Property Check(Holders actual, Expected model)
        {
            Do(actual);
            string? wrong = actual.Wrong(model);
            return (wrong is null).Label(wrong ?? "");
        }

        /// <summary>In a method of its own, so that no local of it is on the stack when a collection comes.</summary>
        protected abstract void Do(Holders actual);
    }

    private sealed class Begin(int place, int value) : Act
    {
        public override Expected Run(Expected model) => model.With(place, new(value, 0, null));

        public override string ToString() => $"{place} = init {value}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual) => actual.Put(place, Optimizer.Init(Rule, All(value)));
    }

    private sealed class Step(int source, int target, int gradient, bool Donated) : Act
    {
        public override bool Pre(Expected model) => model[source] is { IsState: true };

        public override Expected Run(Expected model)
        {
            var (p, m, _) = model[source]!;
            m = (0.5 * m) + gradient;
            return (Donated ? model.With(source, null) : model).With(target, new(p - m, m, null));
        }

        public override string ToString() => $"{target} = {(Donated ? "donated " : "")}step of {source} by {gradient}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual)
        {
            var state = actual.State(source);
            var next = (Donated ? state.Donate() : state).Step(All(gradient)).Item1;
            if (Donated)
            {
                actual.Put(source, null);
            }

            actual.Put(target, next);
        }
    }

    private sealed class Narrow(int place) : Act
    {
        public override bool Pre(Expected model) => model[place] is { IsState: true };

        public override Expected Run(Expected model) => model.With(place, model[place]! with { View = "momentum_buffer" });

        public override string ToString() => $"{place} = a view of it";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual) => actual.Put(place, null, actual.State(place).Slots["momentum_buffer"]);
    }

    private sealed class End(int place) : Act
    {
        public override bool Pre(Expected model) => model[place] is { IsState: true };

        public override Expected Run(Expected model) => model.With(place, null);

        public override string ToString() => $"dispose {place}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual)
        {
            actual.State(place).Dispose();
            actual.Put(place, null);
        }
    }

    private sealed class Drop(int place) : Act
    {
        public override Expected Run(Expected model) => model.With(place, null);

        public override string ToString() => $"drop {place}";

        protected override void Do(Holders actual) => actual.Put(place, null);
    }

    private sealed class Leave(int place, LastAct last) : Act
    {
        public override bool Pre(Expected model) => model[place] is { IsState: true };

        public override Expected Run(Expected model) => model.With(place, null);

        public override string ToString() => $"leave {place} to a finalizer: {last}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual)
        {
            actual.Leave(place, last);
            actual.Put(place, null);
        }
    }

    private sealed class Collect : Act
    {
        public override Expected Run(Expected model) => model;

        public override string ToString() => "collect";

        protected override void Do(Holders actual)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private sealed class Reuse : Act
    {
        public override Expected Run(Expected model) => model;

        public override string ToString() => "other states take what is free";

        [MethodImpl(MethodImplOptions.NoInlining)]
        protected override void Do(Holders actual)
        {
            var other = Optimizer.Init(Rule, All(777));
            for (int i = 0; i < 20; i++)
            {
                other = other.Step(All(-777)).Item1;
            }
        }
    }
}

/// <summary>What a place holds, in the model: the parameter and the slot, each the same in all elements; of a view, the slot alone.</summary>
internal sealed record Held(double Parameter, double Slot, string? View)
{
    public bool IsState => View is null;
}

/// <summary>The model.</summary>
internal sealed record Expected(ImmutableArray<Held?> Places)
{
    public Held? this[int place] => Places[place];

    public Expected With(int place, Held? held) => new(Places.SetItem(place, held));
}

/// <summary>What a finalizer of the application does with its state.</summary>
internal enum LastAct
{
    Read,
    Dispose,
    Resurrect,
    Wait,
}
