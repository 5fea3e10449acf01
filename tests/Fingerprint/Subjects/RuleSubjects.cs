using Samples;

namespace Optim.Fingerprint.Subjects;

/// <summary>Every rule of the registry, and one of a user's own; the options that the defaults leave out; compositions; recipes.</summary>
internal static class RuleSubjects
{
    /// <summary>Rules that go element by element, and stand for all such where work is split: without a slot, with two, one that places parameters.</summary>
    private static readonly string[] SplitElementwise = ["sgd", "adamw", "schedulefree_adamw"];

    /// <summary>The subjects.</summary>
    /// <param name="inLength">Whether on more and longer inputs.</param>
    public static IEnumerable<Subject> Create(bool inLength)
    {
        foreach (var entry in RuleRegistry.All)
        {
            yield return new RuleSubject(entry.Name, entry.Create(), inLength) 
            {
                NeedsObjective = entry.NeedsObjective, NeedsHessian = entry.NeedsHessianDiagonal, IsSplit = (!entry.IsElementwise || SplitElementwise.Contains(entry.Name)) && entry.Name != "lbfgs",
            };
        }

        yield return new RuleSubject("scale_by_coherence", new ScaleByCoherence(), inLength) { IsSplit = false };
        foreach (var (name, rule) in ElementwiseOptions())
        {
            yield return new RuleSubject(name, rule, inLength) { IsSplit = false };
        }

        foreach (var (name, rule) in WholeOptions())
        {
            yield return new RuleSubject(name, rule, inLength);
        }

        foreach (var (name, rule) in Trees())
        {
            yield return new RuleSubject(name, rule, inLength) { IsSplit = false };
        }

        yield return new RuleSubject("sophia_with_hessian", new Sophia(), inLength) { GivesHessian = true };
        yield return new RuleSubject("sparse_adam_with_indices", new SparseAdam(), inLength) { GivesIndices = true };
        yield return new RuleSubject("asam", new Sam(new AdamW { LearningRate = 0.01 }) { Adaptive = true, Rho = 0.5 }, inLength) { NeedsObjective = true };
        yield return new RuleSubject("lbfgs_many_pairs", new Lbfgs { HistorySize = 3, MaxIterations = 4 }, inLength) { NeedsObjective = true };
        foreach (var (name, search) in new (string, LineSearch)[] { ("more_thuente", new MoreThuente()), ("hager_zhang", new HagerZhang()), ("backtracking", new Backtracking()) })
        {
            yield return new RuleSubject("lbfgs_" + name, new Lbfgs { LineSearch = search, MaxIterations = 4 }, inLength) { NeedsObjective = true, IsSplit = false };
        }

        yield return new RuleSubject("nonlinear_cg_hager_zhang", new NonlinearConjugateGradient { Form = ConjugateGradientForm.HagerZhang, LineSearch = new HagerZhang() }, inLength) { NeedsObjective = true, IsSplit = false };
        yield return new RuleSubject("owlqn_penalized", new OwlQn { L1 = [0.125] }, inLength) { NeedsObjective = true, IsSplit = false };
        yield return new RuleSubject("lookahead_of_sam", new Lookahead(new Sam(new Sgd { Momentum = 0.9, LearningRate = 0.1 })), inLength) { NeedsObjective = true };

        foreach (var recipe in RecipeRegistry.All)
        {
            yield return new RuleSubject("recipe." + recipe.Name, recipe.Create(totalSteps: 40), inLength) { NeedsObjective = recipe.NeedsObjective, IsSplit = false };
        }
    }

    private static IEnumerable<(string Name, Rule Rule)> ElementwiseOptions() =>
    [
        ("sgd_nesterov", new Sgd { Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 }),
        ("sgd_look_ahead", new Sgd { Momentum = 0.9, Nesterov = true, LearningRateInVelocity = true, LookAhead = true }),
        ("sgd_on_plateau", new Sgd { LearningRate = Schedule.ReduceOnPlateau(0.1, factor: 0.3, patience: 1, cooldown: 1) }),
        ("rmsprop_centred", new RmsProp { Centered = true, Momentum = 0.5, WeightDecay = 0.1 }),
        ("adamw_amsgrad", new AdamW { AmsGrad = true, LearningRate = Schedule.WarmupCosine(0.1, 2, 5), Maximize = true }),
        ("adamw_cautious", new AdamW { Cautious = true, LearningRate = 0.1 }),
        ("lion_cautious", new Lion { Cautious = true, LearningRate = 0.1, WeightDecay = 0.1 }),
        ("adabelief_amsgrad", new AdaBelief { Rectify = false, AmsGrad = true, WeightDecay = 0.1, FixedDecay = true }),
        ("amsbound", new AdaBound { AmsBound = true, Gamma = 0.5 }),
    ];

    private static IEnumerable<(string Name, Rule Rule)> WholeOptions() =>
    [
        ("adafactor_torch", new Adafactor { Form = AdafactorForm.PyTorch, Beta1 = 0.9, WeightDecay = 0.1 }),
        ("muon_rms", new Muon { ShapeFactor = MuonShapeFactor.MatchRmsAdamW, AddEpsilonToNorm = true, Nesterov = false }),
        ("shampoo_moskomule", new Shampoo { Form = ShampooForm.Moskomule, UpdateFrequency = 2, Momentum = 0.5, MaxPreconditionerDimension = 64 }),
        ("soap_often", new Soap { PreconditionFrequency = 1 }),
        ("swats_switching", new Swats { RelativeTolerance = 0.5, AbsoluteTolerance = 0.5 }),
        ("noise_of_another_seed", new AddNoise { Seed = 7, Eta = 1, Gamma = 0.3 }.Then(new Sgd())),
    ];

    private static IEnumerable<(string Name, Rule Rule)> Trees() =>
    [
        ("clip_1_adamw", new ClipByGlobalNorm { NormType = 1 }.Then(new AdamW())),
        ("adam_clip_3_momentum", new Chain(new ScaleByAdam(), new ClipByGlobalNorm { NormType = 3 }, new ScaleByMomentum { Nesterov = true }, new ScaleByLearningRate(0.1))),
        ("clip_max_sgd", new ClipByGlobalNorm { NormType = double.PositiveInfinity }.Then(new Sgd())),
        ("long_chain", new Chain(
            new AddDecayedWeights(), new ScaleByAdaGrad(), new Scale(3), new ScaleByMomentum(), new ClipByValue(2), new ScaleByRmsProp(), new Scale(0.3), new ScaleByAdam(),
            new ClipByValue(0.5), new ScaleByMomentum { Nesterov = true }, new AddDecayedWeights(), new ScaleByLearningRate(0.01))),
        ("groups", new ClipByGlobalNorm(1).Then(new Partition(
            new ParameterGroup(TensorSelector.Named("bias", "scal*").OrNone(), new NAdam { LearningRate = 1e-2 }),
            new ParameterGroup(TensorSelector.OfRank(2).OrNone(), new Muon { LearningRate = Schedule.WarmupCosine(0.1, 3, 20) }),
            new ParameterGroup(TensorSelector.All, new Adafactor())))),
        ("no_decay_on_biases", new AdamW { LearningRate = 0.05, WeightDecay = 0.3 }.NoDecayOn(TensorSelector.Named("bias", "scal*").OrNone())),
        ("accumulated_guarded", new Accumulate(new ApplyIfFinite(new Lookahead(new AdamW { LearningRate = 0.1 }) { SyncPeriod = 2 }), 3)),
        ("averaged_scaled", new ParameterEma(new DynamicLossScaling(new Lamb { LearningRate = 0.1 }) { GrowthInterval = 4 }) { Decay = 0.9, DecayWarmup = true }),
        ("rolled_back", new RollbackOnDivergence(new Adan { LearningRate = 0.1 }) { LossFactor = 1.2, LossFloor = 2, MaxRollbacks = 100 }),
        ("frozen_masked", new Freeze(new Masked(new Lion { LearningRate = 0.1 }, TensorSelector.OfRank(0, 1).OrNone()), TensorSelector.Named("scal*").OrNone())),
        ("projected", new Adam { LearningRate = 0.5 }.Then(new ProjectOntoBox { Lower = -0.5, Upper = 0.5 }).Then(new ProjectOntoBall { Radius = 0.8, PerTensor = true })),
    ];
}
