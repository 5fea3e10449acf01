using TorchSharp;
using static TorchSharp.torch.optim;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace Optim.TorchSharp;

/// <summary>Any rule of Optim as an optimizer of TorchSharp: a <c>torch.optim.Optimizer</c>, for its training loops and its schedulers.</summary>
/// <remarks>
/// <code>
/// using var optimizer = TorchOptimizer.For(model, new AdamW { LearningRate = 1e-3 }.NoDecayOn("*.bias"));
/// optimizer.zero_grad();
/// loss.backward();
/// optimizer.step();
/// </code>
/// <para>
/// A rule that works element by element (AdamW, Lion, SGD, most others) updates contiguous CPU tensors where the module has them, without copies. Parameters in bfloat16 or half precision have float32 masters here,
/// which learn what the application writes into the module; those that are not contiguous, or on another device (CUDA, MPS), are copied to and fro. Where any parameter is float64, the optimizer computes in double.
/// </para>
/// <para>
/// Without a gradient a parameter is left out of a step, as in PyTorch (<see cref="MissingGradient"/>); where none has one, <c>step()</c> does nothing. Frozen parameters (<c>requires_grad</c> is false) join when they
/// come to require one, with a clock of their own. A parameter that the module replaces, as <c>module.to(...)</c> does, is found again by its name and keeps its slots. One that is registered under several names (tied weights) is
/// one parameter. Two that merely share memory are refused. A step counts as an operation in place: a backward pass over a graph from before it fails.
/// </para>
/// <para>Not thread-safe; a step may itself use several threads.</para>
/// </remarks>
public sealed partial class TorchOptimizer : torch.optim.Optimizer, IMomentum
{
    private readonly ITorchEngine engine;
    private readonly Func<IEnumerable<(string Name, TorchParameter Parameter)>> source;
    private List<RateController>? rates;

    private TorchOptimizer(ITorchEngine engine, Func<IEnumerable<(string Name, TorchParameter Parameter)>> source)
        : base(IntPtr.Zero)
    {
        this.engine = engine;
        this.source = source;
    }

    /// <summary>The rule that the next step follows.</summary>
    public Rule rule => engine.Rule;

    /// <summary>The number of steps taken.</summary>
    public long step_count => engine.StepCount;

    /// <summary>The numeric hyperparameters that the next step will use, by path; see <see cref="OptimizerState{T}.Hyperparameters"/>.</summary>
    public IReadOnlyDictionary<string, double> hyperparameters => engine.Hyperparameters;

    /// <summary>How many parameters are updated where the module has them; the others have a copy.</summary>
    public int in_place_count => engine.InPlaceCount;

    /// <summary>The maximum number of threads per step, 1 or more. The result has the same bits for any number.</summary>
    public int max_threads
    {
        get => engine.MaxThreads;
        set => engine.MaxThreads = value;
    }

    /// <summary>One for each learning rate in the rule, for TorchSharp's schedulers. Setting one replaces a schedule of ours by a number.</summary>
    public override IEnumerable<ILearningRateController> ParamGroups => Rates;

    /// <summary>The first momentum or <c>Beta1</c> in the rule: what OneCycleLR and CyclicLR ask of an optimizer.</summary>
    double IMomentum.Momentum
    {
        get => Rates.Select(rate => rate is IMomentum momentum ? momentum.Momentum : rate is IBetas betas ? betas.Betas.Item1 : (double?)null).FirstOrDefault(value => value is not null)
            ?? throw new InvalidOperationException($"{rule} has no momentum.");
        set
        {
            foreach (var rate in Rates)
            {
                if (rate is IMomentum momentum)
                {
                    momentum.Momentum = value;
                }
                else if (rate is IBetas betas)
                {
                    betas.Betas = (value, betas.Betas.Item2);
                }
            }
        }
    }

    private List<RateController> Rates => rates ??= [.. RatePaths.Select(path => RateController.Of(engine, path))];

    private IEnumerable<string> RatePaths =>
        engine.Hyperparameters.Keys.Where(path => path == RateController.RateName || path.EndsWith("." + RateController.RateName, StringComparison.Ordinal));

    /// <summary>An optimizer for a module's parameters, by the names that <c>named_parameters()</c> gives them.</summary>
    /// <param name="module">The module. It keeps its parameters; the optimizer must be disposed before the module is, or not be used after.</param>
    /// <param name="rule">The rule to follow; its selectors (<see cref="Partition"/>, <see cref="Freeze"/>, exemptions from decay) see the module's names.</param>
    /// <param name="options">Which parameters, what becomes of those without a gradient; the defaults when null.</param>
    /// <exception cref="ArgumentException">The rule's hyperparameters are inconsistent, a selector of it fits no parameter, a parameter is not of a floating-point type, or two share memory.</exception>
    public static TorchOptimizer For(torch.nn.Module module, Rule rule, TorchOptimizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Over(() => module.named_parameters(), rule, options);
    }

    /// <summary>An optimizer for named parameters, of several modules perhaps. Those that are replaced later are not found again.</summary>
    /// <param name="parameters">The parameters and their names, which are unique.</param>
    /// <param name="rule">The rule to follow.</param>
    /// <param name="options">Which parameters, what becomes of those without a gradient; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a module; or two parameters have the same name.</exception>
    public static TorchOptimizer For(IEnumerable<(string name, TorchParameter parameter)> parameters, Rule rule, TorchOptimizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (string, TorchParameter)[] list = [.. parameters];
        return Over(() => list, rule, options);
    }

    /// <summary>One step with the gradients that <c>backward()</c> has left in the module, or on a closure.</summary>
    /// <param name="closure">
    /// Clears the gradients, computes the loss, calls <c>backward()</c> and returns the loss. It is called at as many points as the rule asks for (SAM two, L-BFGS several, most one), the module's parameters being those of
    /// the point. Null, the default, for a step with the gradients there are.
    /// </param>
    /// <returns>The loss before the step; null without a closure.</returns>
    /// <exception cref="ArgumentException">The rule needs a closure, or a loss, and there is none.</exception>
    /// <exception cref="InvalidOperationException">A parameter has no gradient and <see cref="TorchOptimizerOptions.MissingGradient"/> or the rule does not allow that; a parameter was disposed, or has another shape. Nothing has changed.</exception>
    public override torch.Tensor step(Func<torch.Tensor>? closure = null)
    {
        if (closure is not null)
        {
            return engine.StepOn(closure);
        }

        engine.Step(null);
        return null!;
    }

    /// <summary>One step with the gradients there are and the loss, for rules and schedules that need it (Polyak's step, <see cref="Schedule.ReduceOnPlateau"/>).</summary>
    /// <param name="loss">The loss before the step.</param>
    public void step(double loss) => engine.Step(loss);

    /// <summary>Applies the gradients pending in an outermost <see cref="Accumulate"/>; does nothing if there are none.</summary>
    public void flush() => engine.Flush();

    /// <summary>Takes the gradients away, as PyTorch does by default since version 2: a parameter that takes no part in the next loss is then left out of the next step.</summary>
    public override void zero_grad() => engine.ClearGradients(setToNone: true);

    /// <summary>Takes the gradients away, or sets them to 0.</summary>
    /// <param name="set_to_none">Whether they are taken away. If not, a parameter that takes no part in the next loss has a gradient of 0, decays, and moves on by its momentum.</param>
    public void zero_grad(bool set_to_none) => engine.ClearGradients(set_to_none);

    /// <summary>The optimizer's parameters, in the order of its state.</summary>
    public override IEnumerable<TorchParameter> parameters() => engine.Parameters;

    /// <summary>The Euclidean norm of all gradients together, as <see cref="ClipByGlobalNorm"/> takes it; a parameter without a gradient counts as 0.</summary>
    public double grad_norm() => engine.GradientNorm();

    /// <summary>By what the loss must be multiplied before <c>backward()</c>: the scale of a <see cref="DynamicLossScaling"/> in the rule, which divides the gradients by it again, and skips steps that overflow.</summary>
    /// <exception cref="KeyNotFoundException">There is none in the rule.</exception>
    public double loss_scale => engine.Scalar("loss_scale");

    /// <summary>The loss times <see cref="loss_scale"/>: <c>optimizer.scale(loss).backward()</c>.</summary>
    /// <param name="loss">The loss.</param>
    /// <exception cref="KeyNotFoundException">There is no <see cref="DynamicLossScaling"/> in the rule.</exception>
    public torch.Tensor scale(torch.Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return loss.mul(loss_scale);
    }

    /// <summary>Continues with another value of a hyperparameter; see <see cref="Rule.Adjust(string, Schedule)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>LearningRate</c>.</param>
    /// <param name="value">The value; a number or a schedule.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public void adjust(string path, Schedule value) => engine.Adjust(path, value);

    /// <summary>Continues with another value of a hyperparameter, a number; see <see cref="Rule.Adjust(string, double)"/>.</summary>
    /// <param name="path">Its path, or the end of it: <c>LearningRate</c>.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">There is no such hyperparameter, the value is invalid, or with it the rule would have other slots or scalars.</exception>
    public void adjust(string path, double value) => engine.Adjust(path, Schedule.Constant(value));

    /// <summary>Continues with another rule with the same slots and scalars, usually with other hyperparameters.</summary>
    /// <param name="rule">The rule.</param>
    /// <exception cref="ArgumentException">The rule keeps other slots or scalars, or its hyperparameters are inconsistent.</exception>
    public void continue_with(Rule rule)
    {
        engine.Continue(rule);
        rates = null;
    }

    /// <summary>Takes more parameters, which join the run now: what the rule counts begins for them here, schedules are those of the run.</summary>
    /// <param name="parameters">The parameters and their names; not those that the optimizer has.</param>
    /// <param name="rule">A rule of their own, which makes a <see cref="Partition"/> of the optimizer's, their group in front. Null, the default: they follow the optimizer's rule.</param>
    /// <exception cref="ArgumentException">A parameter or its name is the optimizer's already; or the rule does not take it, as a <see cref="Partition"/> no group of which does.</exception>
    /// <exception cref="InvalidOperationException">Steps have been taken, and the rule counts its steps and works on whole tensors, so that none can join late.</exception>
    public void add_param_group(IEnumerable<(string name, TorchParameter parameter)> parameters, Rule? rule = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var (before, known) = (engine.Rule, Rates);
        engine.Add([.. parameters], rule);
        if (rule is not null)
        {
            foreach (var rate in known)
            {
                rate.MoveTo(ParameterGroups.PathAfter(before, rate.Path));
            }

            rates = [.. known, .. RatePaths.Except(known.Select(rate => rate.Path)).Select(path => RateController.Of(engine, path))];
        }
    }

    /// <summary>Takes more parameters of the module, by their names in it; they follow the optimizer's rule.</summary>
    /// <param name="param_group">The parameters. Its options must be null: hyperparameters are those of a rule.</param>
    /// <exception cref="ArgumentException">It has options, or a parameter is not the module's.</exception>
    public override void add_param_group(global::TorchSharp.Modules.ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        if (param_group.Options is not null)
        {
            throw new ArgumentException("The options of a group must be null: a group has a rule, add_param_group(parameters, rule).", nameof(param_group));
        }

        var names = source().ToDictionary(p => p.Parameter.Handle, p => p.Name);
        add_param_group(param_group.Parameters.Select(parameter => (
            names.TryGetValue(parameter.Handle, out string? name) ? name : throw new ArgumentException("A parameter of a group without names must be the module's.", nameof(param_group)), parameter)));
    }

    /// <summary>Calls a function while the module holds the parameters to evaluate it with: the averages of rules that keep them (EMA, Schedule-Free, Lookahead). Afterwards, even if it throws, it has its own again.</summary>
    /// <typeparam name="TResult">What the function returns.</typeparam>
    /// <param name="function">Runs the module.</param>
    public TResult evaluate<TResult>(Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return engine.Evaluate(function);
    }

    /// <summary>The rule and the number of steps.</summary>
    public override string ToString() => FormattableString.Invariant($"{rule} after {step_count} steps");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            engine.Dispose();
        }

        base.Dispose(disposing);
    }

    private static TorchOptimizer Over(Func<IEnumerable<(string Name, TorchParameter Parameter)>> source, Rule rule, TorchOptimizerOptions? options)
    {
        ArgumentNullException.ThrowIfNull(rule);
        options ??= new();
        ITorchEngine engine = source().Any(p => p.Parameter.dtype == torch.ScalarType.Float64)
            ? new TorchEngine<double>(rule, source, options.Tensors, options.MissingGradient)
            : new TorchEngine<float>(rule, source, options.Tensors, options.MissingGradient);
        engine.MaxThreads = options.MaxThreads ?? torch.get_num_threads();
        engine.Backend = options.Backend;
        return new(engine, source);
    }
}
