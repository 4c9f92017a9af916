"""Networks in plain torch, one file a model: shapes in, shapes out, no files, no data sets.

    point_codec                         the proposed point codec, and PointNet [MMSP23]
    reconstruction                      its auxiliary decoder, which shows what a latent keeps
    image_factorized, image_transforms  the base of all learned image codecs, bmshj2018-factorized
    distribution_codec                  compressed encoding distributions [ICIP24]
    backbones                           networks on whose tensors motion is measured [ICASSP21]
    bottleneck                          the entropy bottleneck of all of them
    oct_attention, octree; ipdae        two codecs of the cloud itself that the documents compare
    mixed_codec, local_encoder          point codecs beyond the documents
    context_model                       context coding of images, beyond the documents
    folded                              the point codec as it is deployed
    exact_*, fixed_point                probability models in whole numbers, for real streams
    layers                              reads layers off a built network, for counts and diagrams
"""
