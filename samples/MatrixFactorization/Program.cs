// Recommendations: users and items are vectors whose product is the rating. A batch touches a few of them, and SparseAdam steps on these alone;
// the others keep their values and their moments to the bit.
using System.Globalization;
using Optim;
using Optim.CSharp;

const int Users = 300, Items = 200, Rank = 6, Ratings = 12_000;
var random = new Random(3);
double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
double[] trueUsers = [.. Enumerable.Range(0, Users * 2).Select(_ => Normal())], trueItems = [.. Enumerable.Range(0, Items * 2).Select(_ => Normal())];
var ratings = Enumerable.Range(0, Ratings).Select(_ =>
{
    int user = random.Next(Users), item = random.Next(Items);
    return (User: user, Item: item, Value: (trueUsers[2 * user] * trueItems[2 * item]) + (trueUsers[(2 * user) + 1] * trueItems[(2 * item) + 1]) + (0.1 * Normal()));
}).ToList();
var (training, held) = (ratings[..10_000], ratings[10_000..]);

double[] users = [.. Enumerable.Range(0, Users * Rank).Select(_ => 0.1 * Normal())], items = [.. Enumerable.Range(0, Items * Rank).Select(_ => 0.1 * Normal())];
var u = Parameter.Of("users", users, Users, Rank);
var v = Parameter.Of("items", items, Items, Rank);
using var optimizer = InPlaceOptimizer.Create(new SparseAdam { LearningRate = 0.02 }, u, v);
var loader = new BatchLoader<(int User, int Item, double Value)>(training, batchSize: 64) { LastBatch = LastBatch.Drop };

double Predicted(int user, int item) => Enumerable.Range(0, Rank).Sum(k => users[(user * Rank) + k] * items[(item * Rank) + k]);
double HeldOut() => Math.Sqrt(held.Average(r => Math.Pow(Predicted(r.User, r.Item) - r.Value, 2)));

double before = HeldOut();
for (int epoch = 0; epoch < 15; epoch++)
{
    foreach (var batch in loader.Epoch(epoch))
    {
        optimizer.ClearGradients();
        foreach (var (user, item, value) in batch)
        {
            double error = Predicted(user, item) - value;
            for (int k = 0; k < Rank; k++)
            {
                u.Gradient.Span[(user * Rank) + k] += (error * items[(item * Rank) + k]) + (0.02 * users[(user * Rank) + k]);
                v.Gradient.Span[(item * Rank) + k] += (error * users[(user * Rank) + k]) + (0.02 * items[(item * Rank) + k]);
            }
        }

        optimizer.Step(sparseIndices: new Dictionary<string, IReadOnlyList<int>>
        {
            ["users"] = Elements(batch.Select(rating => rating.User)),
            ["items"] = Elements(batch.Select(rating => rating.Item)),
        });
    }
}

double after = HeldOut();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"error on ratings held out: {before:F3} before, {after:F3} after {optimizer.StepCount} steps (the noise is 0.1)"));
return after < 0.4 ? 0 : 1;

static int[] Elements(IEnumerable<int> rows) => [.. rows.Distinct().SelectMany(row => Enumerable.Range(row * Rank, Rank))];
