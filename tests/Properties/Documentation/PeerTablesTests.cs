using System.Reflection;
using System.Text.RegularExpressions;
using Optim.Conformance;
using Optim.Properties.Checking;
using Xunit;

namespace Optim.Properties.Documentation;

/// <summary>
/// The tables of the pages for those who come from PyTorch, from Optax and from pytorch_optimizer: every public name of theirs has its row or its sentence, what a row names is here, and what it names as its recording is replayed.
/// </summary>
public partial class PeerTablesTests
{
    // Losses, functions for numbers and types of states are no part of an optimizer.
    private static readonly Dictionary<string, string> peers = new(StringComparer.Ordinal)
    {
        // PyTorch 2.9: torch.optim, lr_scheduler, swa_utils, and what torch.nn.utils and torch.amp have for gradients.
        ["from-pytorch.md"] = """
        Adadelta Adafactor Adagrad Adam AdamW Adamax ASGD LBFGS Muon NAdam Optimizer RAdam RMSprop Rprop SGD SparseAdam LambdaLR MultiplicativeLR
        StepLR MultiStepLR ConstantLR LinearLR ExponentialLR SequentialLR CosineAnnealingLR ChainedScheduler ReduceLROnPlateau CyclicLR
        CosineAnnealingWarmRestarts OneCycleLR PolynomialLR LRScheduler AveragedModel update_bn SWALR get_ema_multi_avg_fn get_swa_multi_avg_fn
        get_ema_avg_fn get_swa_avg_fn clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm GradScaler
        """,

        // Optax 0.2.8, its transforms, schedules, projections and contrib.
        ["from-optax.md"] = """
        adabelief adadelta adafactor adagrad adam adamax adamaxw adamw adan amsgrad fromage lamb lars lbfgs lion nadam nadamw noisy_sgd novograd
        optimistic_adam optimistic_adam_v2 optimistic_gradient_descent polyak_sgd radam rmsprop rprop sgd sign_sgd signum sm3 yogi identity
        set_to_zero stateless stateless_with_tree_map with_extra_args_support scale_by_factored_rms scale_by_backtracking_linesearch
        scale_by_zoom_linesearch value_and_grad_from_state lookahead apply_every centralize normalize_by_update_norm scale scale_by_adadelta
        scale_by_adam scale_by_adamax scale_by_adan scale_by_amsgrad scale_by_belief scale_by_distance_over_gradients scale_by_lbfgs
        scale_by_learning_rate scale_by_lion scale_by_novograd scale_by_optimistic_gradient scale_by_param_block_norm scale_by_param_block_rms
        scale_by_polyak scale_by_radam scale_by_rms scale_by_rprop scale_by_rss scale_by_schedule scale_by_sign scale_by_sm3 scale_by_stddev
        scale_by_trust_ratio scale_by_yogi apply_updates incremental_update periodic_update ema skip_large_updates skip_not_finite trace
        add_decayed_weights add_noise adaptive_grad_clip clip clip_by_block_rms clip_by_global_norm per_example_global_norm_clip
        per_example_layer_norm_clip unitwise_clip unitwise_norm chain named_chain partition apply_if_finite conditionally_mask
        conditionally_transform keep_params_nonnegative zero_nans freeze selective_transform flatten masked measure_with_ema monitor snapshot
        inject_hyperparams inject_stateful_hyperparams join_schedules constant_schedule cosine_decay_schedule cosine_onecycle_schedule
        exponential_decay linear_onecycle_schedule linear_schedule piecewise_constant_schedule piecewise_interpolate_schedule polynomial_schedule
        sgdr_schedule warmup_constant_schedule warmup_cosine_decay_schedule warmup_exponential_decay_schedule projection_box projection_halfspace
        projection_hypercube projection_hyperplane projection_l1_ball projection_l1_sphere projection_l2_ball projection_l2_sphere
        projection_linf_ball projection_non_negative projection_simplex projection_vector MultiSteps microbatch multi_transform contrib.acprop
        contrib.scale_by_acprop contrib.ademamix contrib.scale_by_ademamix contrib.scale_by_simplified_ademamix contrib.simplified_ademamix
        contrib.adopt contrib.scale_by_adopt contrib.cocob contrib.scale_by_cocob contrib.split_real_and_imaginary contrib.dadapt_adamw contrib.dog
        contrib.dowg contrib.galore contrib.scale_by_galore contrib.madgrad contrib.scale_by_madgrad contrib.mechanize contrib.momo contrib.momo_adam
        contrib.muon contrib.scale_by_muon contrib.differentially_private_aggregate contrib.dpsgd contrib.prodigy contrib.reduce_on_plateau
        contrib.normalize contrib.sam contrib.schedule_free contrib.schedule_free_adamw contrib.schedule_free_eval_params contrib.schedule_free_sgd
        contrib.hutchinson_estimator_diag_hessian contrib.sophia
        """,

        // pytorch_optimizer 3.9.0.
        ["from-pytorch-optimizer.md"] = """
        ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CosineAnnealingWarmupRestarts CosineScheduler CyclicLR LinearScheduler
        MultiplicativeLR MultiStepLR OneCycleLR PolyScheduler ProportionScheduler REXScheduler StepLR deberta_v3_large_lr_scheduler
        get_chebyshev_perm_steps get_chebyshev_schedule get_supported_lr_schedulers get_wsd_schedule load_lr_scheduler ADOPT APOLLO ASGD BSAM BCOS
        CAME FOCUS FTRL GSAM LARS LBFGS LOMO MADGRAD MARS MSVAG PID PNM QHM RACS SAM SCION SGD SGDP SGDW SM3 SOAP SPAM SRMM SWATS TAM TRAC VSGD WSAM
        A2Grad AccSGD AdaBelief AdaBound AdaDelta AdaFactor AdaGC AdaGO AdaHessian Adai Conda Adalite AdaLOMO Adam AdaMax AdamC AdamG AdamMini AdaMod
        AdamP AdamS AdaMuon AdamW AdamWSN Adan AdaNorm AdaPNM AdaShift AdaSmooth AdaTAM AdEMAMix AggMo Aida Alice AliG Amos Ano ApolloDQN AvaGrad
        DAdaptAdaGrad DAdaptAdam DAdaptAdan DAdaptLion DAdaptSGD DeMo DiffGrad DistributedMuon DynamicLossScaler EmoFact EmoLynx EmoNavi EmoNeco
        EmoZeal EXAdam FAdam Fira FriendlySAM Fromage GaLore Grams Gravity GrokFastAdamW Kate Kron Lamb LaProp Lion Lookahead LookSAM Muon NAdam Nero
        NovoGrad OrthoGrad PAdam PCGrad Prodigy QHAdam RAdam Ranger Ranger21 Ranger25 RMSprop RotoGrad SafeFP16Optimizer ScalableShampoo
        ScheduleFreeAdamW ScheduleFreeRAdam ScheduleFreeSGD ScheduleFreeWrapper SCIONLight SGDSaI Shampoo SignSGD SimplifiedAdEMAMix SophiaH SPlus
        StableAdamW StableSPAM Tiger Yogi agc centralize_gradient create_optimizer get_optimizer_parameters get_supported_optimizers
        load_ao_optimizer load_bnb_optimizer load_optimizer load_q_galore_optimizer CPUOffloadOptimizer clip_grad_norm copy_stochastic
        disable_running_stats enable_running_stats get_global_gradient_norm normalize_gradient unit_norm
        """,
    };

    // Of a peer, within what is said of what is here.
    private static readonly string[] theirs = ["Sign", "None"];

    private static readonly HashSet<string> members =
    [
        .. typeof(Rule).Assembly.GetExportedTypes().Concat(typeof(Optim.CSharp.InPlaceOptimizer<>).Assembly.GetExportedTypes())
            .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(member => member.Name.Split('`')[0]).Append(type.Name.Split('`')[0])),
    ];

    public static TheoryData<string> Pages => [.. peers.Keys];

    /// <summary>The rows with a recording: the page, what is here, the recordings.</summary>
    public static TheoryData<string, string, string> Recorded()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (string page in peers.Keys)
        {
            foreach (string[] cells in RowsOf(page).Where(cells => cells.Length == 5 && cells[3].Contains('`', StringComparison.Ordinal)))
            {
                rows.Add(page, cells[2], cells[3]);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_name_of_theirs_is_on_the_page(string page)
    {
        string text = Text(page);
        string[] names = peers[page].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.True(names.Length > 40, "too few");
        Assert.DoesNotContain(names, name => !Regex.IsMatch(text, $@"(?<!\w){Regex.Escape(name)}(?!\w)"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_row_names_is_here(string page)
    {
        // A row is two cells, or three.
        string[] here = [.. RowsOf(page).Where(cells => cells.Length is 4 or 5).SelectMany(cells => Code().Matches(cells[2])).Select(match => match.Groups["code"].Value)];
        string[] named =
        [
            .. here.Where(code => Name().IsMatch(code)), .. here.SelectMany(code => Made().Matches(code)).Select(match => match.Groups["name"].Value),
            .. here.SelectMany(code => ScheduleMethod().Matches(code)).Select(match => match.Groups["name"].Value),
        ];
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named.Except(theirs), name => !members.Contains(name));
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void What_a_row_names_is_recorded(string page, string here, string recordings)
    {
        Assert.NotEmpty(page + here);
        Assert.All(Code().Matches(recordings), match =>
        {
            string file = Path.Combine(AppContext.BaseDirectory, "golden", match.Groups["code"].Value + ".json");
            Assert.True(File.Exists(file), file);

            // Held to its numbers: replayed from the file, step by step.
            Assert.All(Replayer.ReplayFile(file), result => Assert.Equal(Outcome.Passed, result.Outcome));
        });
    }

    private static IEnumerable<string[]> RowsOf(string page) => Text(page).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.TrimEnd('\r').Split('|'));

    private static string Text(string page) => File.ReadAllText(Path.Combine(Repository.Root, "docs", page));

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"\bnew (?<name>[A-Z]\w*)")]
    private static partial Regex Made();

    [GeneratedRegex(@"\bSchedule\.(?<name>\w+)")]
    private static partial Regex ScheduleMethod();
}
