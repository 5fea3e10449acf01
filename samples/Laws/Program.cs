using Optim.Laws;
using Optim.Samples.Laws;

// What a test of a rule of your own looks like is the first line; the rest shows what it says of rules that are wrong.
LawSuite.For(new Optim.AdamW()).Assert();

int missed = 0;
foreach (var mistake in Mistake.All)
{
    var report = LawSuite.For(mistake.Rule, mistake.Options).Check();
    bool caught = report.Broken.Any(result => result.Law.Number == mistake.Law);
    missed += caught ? 0 : 1;
    Console.WriteLine($"{(caught ? "caught" : "MISSED")}: {report.Rule}");
    foreach (var broken in report.Broken)
    {
        Console.WriteLine(broken);
    }

    Console.WriteLine();
}

Console.WriteLine(FormattableString.Invariant($"{Mistake.All.Count - missed} of {Mistake.All.Count} wrong rules caught"));
return missed;
