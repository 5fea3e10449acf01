namespace Optim;

/// <summary>Every rule that Optim ships, a row each.</summary>
public static class RuleRegistry
{
    /// <summary>All rules: the optimizers first, then the pieces.</summary>
    public static IReadOnlyList<RuleEntry> All { get; } = Array.AsReadOnly<RuleEntry>(
    [
        Sgd.Entry,
        AdaGrad.Entry,
        RmsProp.Entry,
        Adam.Entry,
        AdamW.Entry,
        AdaMax.Entry,
        AdaDelta.Entry,
        NAdam.Entry,
        NAdamW.Entry,
        RAdam.Entry,
        RProp.Entry,
        Asgd.Entry,
        SparseAdam.Entry,
        ScheduleFreeSgd.Entry,
        ScheduleFreeAdamW.Entry,
        Lookahead.Entry,
        Ranger.Entry,
        Sam.Entry,
        Lbfgs.Entry,
        RandomSearch.Entry,
        Qhm.Entry,
        QhAdam.Entry,
        Adan.Entry,
        AggMo.Entry,
        AdEmaMix.Entry,
        Adopt.Entry,
        LaProp.Entry,
        MadGrad.Entry,
        DiffGrad.Entry,
        AdaMod.Entry,
        Lars.Entry,
        Lamb.Entry,
        NovoGrad.Entry,
        AdamMini.Entry,
        DAdaptSgd.Entry,
        DAdaptAdam.Entry,
        Prodigy.Entry,
        Swats.Entry,
        Adafactor.Entry,
        Muon.Entry,
        Shampoo.Entry,
        Soap.Entry,
        Lion.Entry,
        Tiger.Entry,
        SignSgd.Entry,
        Sgdw.Entry,
        Yogi.Entry,
        AdaBelief.Entry,
        AdaBound.Entry,
        Sophia.Entry,
        ScaleByMomentum.Entry,
        ScaleByAdaGrad.Entry,
        ScaleByRmsProp.Entry,
        ScaleByAdam.Entry,
        ScaleByCoherence.Entry,
        ScaleByLearningRate.Entry,
        Scale.Entry,
        AddDecayedWeights.Entry,
        ClipByValue.Entry,
        ClipByGlobalNorm.Entry,
        AdaptiveGradientClipping.Entry,
        CentralizeGradient.Entry,
        Identity.Entry,
    ]);

    /// <summary>The rule of a name.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <returns>The rule's row; null when there is none of that name.</returns>
    public static RuleEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);
}
